"""A CloudTrail log file: gunzip, the borders of its records, the few that are kept. See docs/ingest.md."""
