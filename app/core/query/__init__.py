"""What a list is asked for: the filter grammar of every list, export and API call, pure."""
