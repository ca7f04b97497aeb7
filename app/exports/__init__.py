"""Bytes of rows, one format a file. Pure: the rows come in, the bytes go out."""
