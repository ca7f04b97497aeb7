"""Condition operators, one family a file. The folder is the registry: each file defines FAMILY."""
