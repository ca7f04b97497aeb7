"""Reads CloudTrail files from disk, beside aws/, which reads them from S3."""
