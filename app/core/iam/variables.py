"""Policy variables: `${key}`, `${key, 'default'}` and the escapes `${*}`, `${?}`, `${$}`.

Source: IAM User Guide, "IAM policy elements: Variables and tags". Only policies of version 2012-10-17 have them;
elsewhere `${aws:username}` is plain text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from app.core.iam.globs import Pieces, Wild, pieces_of

WITH_VARIABLES = "2012-10-17"
_VARIABLE = re.compile(r"\$\{(?:([*?$])|\s*([^,}*?$][^,}]*?)\s*(?:,\s*'([^']*)'\s*)?)\}")


class Unknown(Enum):
    """A key of which it is not known whether the request has it, nor with which value."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN
Values = tuple[str, ...] | None | Unknown
"""The values of a context key; None: the request does not have the key."""
Lookup = Callable[[str], Values]
"""From a condition key in lower case to its values."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable and its default. `key` is in lower case: key names have no case."""

    key: str
    default: str | None = None


Template = tuple[str | Wild | Variable, ...]


@lru_cache(maxsize=65536)
def template(text: str, *, has_variables: bool, has_wildcards: bool) -> Template:
    """Return the pieces of a policy value: its literal text, wildcards and variables."""
    if not has_variables or "${" not in text:
        return _plain(text, has_wildcards=has_wildcards)
    parts: list[str | Wild | Variable] = []
    position = 0
    for found in _VARIABLE.finditer(text):
        parts.extend(_plain(text[position : found.start()], has_wildcards=has_wildcards))
        escape, key, default = found.groups()
        parts.append(escape or Variable(key.lower(), default))
        position = found.end()
    parts.extend(_plain(text[position:], has_wildcards=has_wildcards))
    return tuple(parts)


def without_variables(text: str) -> str:
    """Return a policy value as it is written, without its variables and escapes."""
    return _VARIABLE.sub("", text)


def variables(parts: Template) -> tuple[str, ...]:
    """Return the keys of the variables in a template."""
    return tuple(part.key for part in parts if isinstance(part, Variable))


def needed(parts: Template) -> tuple[str, ...]:
    """Return the keys of the variables in a template that have no default."""
    return tuple(part.key for part in parts if isinstance(part, Variable) and part.default is None)


def bound(parts: Template, lookup: Lookup) -> Template | None:
    """Return the template with every known variable replaced by its value; None when one has no value and no default.

    A value is literal text: its `*` is no wildcard. Keys with several values cannot be variables.
    """
    replaced: list[str | Wild | Variable] = []
    for part in parts:
        if not isinstance(part, Variable):
            replaced.append(part)
            continue
        values = lookup(part.key)
        if isinstance(values, Unknown):
            replaced.append(part)
        elif values is not None and len(values) == 1:
            replaced.append(values[0])
        elif part.default is not None:
            replaced.append(part.default)
        else:
            return None
    return _merged(replaced)


def resolved(parts: Template) -> Pieces | None:
    """Return a template as a pattern, or None while a variable in it is open."""
    pieces = tuple(part for part in parts if not isinstance(part, Variable))
    return pieces if len(pieces) == len(parts) else None


def widest(parts: Template) -> Pieces:
    """Return the pattern that matches whatever value the open variables may have."""
    return tuple(Wild.STAR if isinstance(part, Variable) else part for part in parts)


def _plain(text: str, *, has_wildcards: bool) -> Pieces:
    if has_wildcards:
        return pieces_of(text)
    return (text,) if text else ()


def _merged(parts: list[str | Wild | Variable]) -> Template:
    """Return the parts with neighbouring texts joined, so that equal patterns are equal values."""
    merged: list[str | Wild | Variable] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return tuple(merged)
