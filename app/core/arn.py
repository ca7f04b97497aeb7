"""Amazon Resource Names, taken apart and put together.

Source: AWS General Reference, "Amazon Resource Names (ARNs)".
"""

from dataclasses import dataclass
from functools import lru_cache

from app.core.digits import account_number
from app.core.errors import InvalidInput

_PARTS = 6


@dataclass(frozen=True, slots=True)
class Arn:
    """One ARN. `account` is the 12 digits as text, or empty (S3 buckets have none)."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse(text: str) -> Arn:
    """Return the parts of a complete ARN; the resource part keeps its own colons.

    Raises:
        InvalidInput: when `text` is not an ARN of six parts.
    """
    parts = text.split(":", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] != "arn":
        raise InvalidInput(f"not an ARN: {text!r}; an ARN is arn:partition:service:region:account:resource")
    return Arn(*parts[1:])


def parsed(text: str) -> Arn | None:
    """Return the parts of `text`, or None when it is not an ARN."""
    try:
        return parse(text)
    except InvalidInput:
        return None


@lru_cache(maxsize=8192)
def account_id(text: str) -> int | None:
    """Return the account that an ARN names, or None when it names none."""
    arn = parsed(text)
    return None if arn is None else account_number(arn.account)


def account_text(account: int) -> str:
    """Return the 12 digits under which AWS shows an account."""
    return f"{account:012d}"
