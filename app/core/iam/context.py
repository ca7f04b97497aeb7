"""What is known of the context keys of a request.

Source: IAM User Guide, "AWS global condition context keys". Key names have no case: all are in lower case here.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.core.errors import InvalidInput
from app.core.iam.variables import UNKNOWN, Values

PER_DEVICE_PREFIX = "credentials-iot:"
"""Keys that each device session of the AWS IoT credential provider brings along."""


class Context:
    """Context keys with their values, and which other keys are known to be absent."""

    def __init__(self, values: Mapping[str, Any], *, is_complete: bool, known_keys: Iterable[str] = ()) -> None:
        """Take the values as a policy case writes them: one value or a list each.

        `is_complete`: every other key is absent. Else only those of `known_keys` are; one between slashes is a
        regular expression.
        """
        self._values = {key.lower(): _texts(value) for key, value in values.items()}
        self._is_complete = is_complete
        self._known = {key.lower() for key in known_keys if not _is_expression(key)}
        self._expressions = [_expression(key) for key in known_keys if _is_expression(key)]

    def lookup(self, key: str) -> Values:
        """Return the values of a key in lower case."""
        if key in self._values:
            return self._values[key]
        if self._is_complete or key in self._known or any(one.search(key) for one in self._expressions):
            return None
        return UNKNOWN

    def lookup_given(self, key: str) -> Values:
        """Return the values of a key, taking one that is not given as absent."""
        return self._values.get(key)


def _expression(key: str) -> re.Pattern[str]:
    try:
        return re.compile(key[1:-1], re.IGNORECASE)
    except re.error as error:
        raise InvalidInput(f"known_keys: {key} is no regular expression: {error}") from error


def _is_expression(key: str) -> bool:
    return len(key) > 1 and key.startswith("/") and key.endswith("/")


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(_text(item) for item in value)
    return (_text(value),)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
