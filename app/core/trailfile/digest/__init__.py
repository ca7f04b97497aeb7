"""The integrity chain of CloudTrail's log files: digests that name their log files and the digest before them.

Sources: CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations of CloudTrail log file
integrity validation".
"""
