"""Use cases, one verb a file: the only place where core meets the database and AWS."""
