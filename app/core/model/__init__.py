"""The nouns of kvswatch as frozen dataclasses and structs, one a file."""
