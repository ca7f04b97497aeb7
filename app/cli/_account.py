"""`--account`, as people write it."""

from app.core.digits import account_number
from app.core.errors import InvalidInput


def account_option(text: str) -> int:
    """Return the account that 12 digits name; dashes between them, as the console shows them, are fine.

    Raises:
        InvalidInput: they are not 12 digits.
    """
    found = account_number(text.replace("-", ""))
    if found is None:
        raise InvalidInput(f"--account {text}: write the 12 digits of an AWS account")
    return found
