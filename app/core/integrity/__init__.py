"""What the digests prove of the log files that were read: the verdict over each hour, each digest and each file."""
