"""The nouns of kvswatch as frozen dataclasses, one a file."""
