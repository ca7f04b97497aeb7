"""A raw answer of AWS becomes nouns of the model. Pure: what was fetched comes in, dataclasses go out."""
