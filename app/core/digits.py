"""Numbers as people and URLs write them: ASCII digits, of bounded length.

`str.isdecimal` takes the digits of every script, and `int` any length: neither is what an account, or an id, is.
"""

ACCOUNT_DIGITS = 12
"""An AWS account is written with 12 digits, leading zeros included."""
ID_DIGITS = 9
"""So many digits always fit into an `integer` of Postgres, the type of our ids."""


def number(text: str, most_digits: int) -> int | None:
    """Return the number that at most `most_digits` ASCII digits write, None when `text` is anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= most_digits
    return int(text) if is_number else None


def account_number(text: str) -> int | None:
    """Return the account that exactly 12 ASCII digits name, None when `text` is anything else."""
    return number(text, ACCOUNT_DIGITS) if len(text) == ACCOUNT_DIGITS else None
