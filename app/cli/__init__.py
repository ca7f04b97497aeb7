"""The commands, one a file: parse the arguments, call, print. stdout is for results, stderr for progress."""
