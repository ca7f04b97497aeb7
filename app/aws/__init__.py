"""The only code that calls AWS: it fetches raw answers; what they mean is decided in core."""
