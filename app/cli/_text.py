"""Text from elsewhere, for a terminal."""


def printable(text: str) -> str:
    """Return a text that does nothing to a terminal: names and keys are whoever's who chose them."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
