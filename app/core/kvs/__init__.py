"""What Kinesis Video Streams itself is: its actions and what each of them exposes."""
