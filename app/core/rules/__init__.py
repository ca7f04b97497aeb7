"""The rules: what kvswatch holds against an account's settings (posture) and its calls (detections), one a file."""
