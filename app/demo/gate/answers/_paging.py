"""Pages of a list by a token that is an offset."""

from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def page(items: Sequence[T], token: Any, limit: Any, default: int) -> tuple[list[T], str | None]:
    """Return one page of `items` and the token of the next one, None after the last."""
    start = int(token or 0)
    end = start + int(limit or default)
    return list(items[start:end]), str(end) if end < len(items) else None
