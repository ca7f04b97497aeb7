"""Rules over what happened: the calls of a UTC day against the days before. A file is a rule, its name the id."""
