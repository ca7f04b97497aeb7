"""Values as SQL writes them, for statements that people paste: nothing of a value is read as SQL.

Good for Postgres (documentation, "Lexical Structure", 4.1.2: standard_conforming_strings is on) and for Athena, whose
engine is Trino (documentation, "Data types": Unicode escapes). Characters that cannot be seen, or turn the line around,
are escaped: they would show another statement than is run.
"""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID


def literal(value: object) -> str:
    """Return a text, number, time, id or a list of these as a literal of Postgres.

    Raises:
        TypeError: it is of another kind.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"timestamptz '{value.astimezone(UTC).isoformat()}'"
    if isinstance(value, UUID):
        return f"uuid '{value}'"
    if isinstance(value, str):
        return quoted_text(value)
    if isinstance(value, Sequence):
        return f"array[{', '.join(literal(each) for each in value)}]" if value else "'{}'"
    raise TypeError(f"no literal for {type(value).__name__}")


def quoted_text(text: str) -> str:
    """Return text as a string literal."""
    text = text.replace("'", "''")
    if all(_is_seen(character) for character in text):
        return f"'{text}'"
    return f"U&'{''.join(_escaped(character) for character in text)}'"


def one_line(text: str) -> str:
    """Return text that a comment to the end of the line can hold."""
    return "".join(character if _is_seen(character) else "\N{REPLACEMENT CHARACTER}" for character in text)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ" or character == " "


def _escaped(character: str) -> str:
    if character == "\\":
        return "\\\\"
    return character if _is_seen(character) else f"\\+{ord(character):06x}"
