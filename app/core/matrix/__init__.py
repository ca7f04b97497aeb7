"""Granted, used, observable: the three that make a cell of the access matrix."""
