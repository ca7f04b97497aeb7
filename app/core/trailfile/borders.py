"""The borders of the records of a file that is not well-formed JSON, found without parsing it as a whole.

Brackets outside strings are counted, so the nesting may be of any depth, and a break in one place costs no
record that lies before it. Whether a record itself is well formed is not looked at here.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]|[^\s"{}\[\],:]++|"', re.DOTALL)
"""A whole string, a mark, a number or name; last, the quote of a string that never ends."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that belong to no record, and why."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Borders:
    """Start and end of each record, and what is at fault, in the order of the file."""

    records: list[tuple[int, int]] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)


def borders(text: bytes) -> Borders:
    """Return the borders of the items of the top-level `Records` list in `text`.

    Of several lists in one object the last holds, as for every JSON reader of Python; the earlier ones are
    named as broken. Several objects behind one another are read as several files: that is what joining log
    files gives.
    """
    found = Borders()
    tokens = _TOKEN.finditer(text)
    try:
        for opening in tokens:
            _read_object(tokens, opening, found)
    except _Break as stop:
        found.broken.append(Broken(stop.at, len(text), stop.reason))
    if not found.records and not found.broken and not text.strip():
        found.broken.append(Broken(0, len(text), "the file holds no JSON"))
    return found


_Tokens = Iterator[re.Match[bytes]]


class _Break(Exception):
    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason


def _read_object(tokens: _Tokens, opening: re.Match[bytes], found: Borders) -> None:
    """Read one top-level object behind its opening bracket."""
    if opening.group() != b"{":
        raise _Break(opening.start(), "expected a JSON object")
    records: list[tuple[int, int]] | None = None
    try:
        while (token := _next(tokens, opening)).group() != b"}":
            if token.group() == b",":
                continue
            name, value = token, _value_after(tokens, token)
            if _is_records(name.group()) and value.group() == b"[":
                if records:
                    found.broken.append(Broken(*_span(records), "an earlier list of the same name"))
                records = []
                _read_list(tokens, value, records)
            else:
                _end_of(tokens, value)
    finally:
        found.records.extend(records or [])
    if records is None:
        found.broken.append(Broken(opening.start(), token.end(), "the file has no list named Records"))


def _read_list(tokens: _Tokens, opening: re.Match[bytes], records: list[tuple[int, int]]) -> None:
    while (token := _next(tokens, opening)).group() != b"]":
        if token.group() in {b"}", b":"}:
            raise _Break(token.start(), f"{token.group().decode()} where a record should be")
        if token.group() != b",":
            records.append((token.start(), _end_of(tokens, token)))


def _value_after(tokens: _Tokens, name: re.Match[bytes]) -> re.Match[bytes]:
    if _next(tokens, name).group() != b":":
        raise _Break(name.start(), "expected a name and a colon")
    return _next(tokens, name)


def _end_of(tokens: _Tokens, first: re.Match[bytes]) -> int:
    """Return the offset behind the value that begins with `first`."""
    if first.group() not in {b"{", b"["}:
        return first.end()
    depth, token = 1, first
    while depth:
        token = _next(tokens, first)
        mark = token.group()
        if mark in {b"{", b"["}:
            depth += 1
        elif mark in {b"}", b"]"}:
            depth -= 1
    return token.end()


def _next(tokens: _Tokens, begun: re.Match[bytes]) -> re.Match[bytes]:
    """Return the next token; `begun` is what stays incomplete when there is none."""
    token = next(tokens, None)
    if token is None or token.group() == b'"':
        raise _Break(begun.start(), "truncated: the JSON ends in the middle")
    return token


def _is_records(name: bytes) -> bool:
    try:
        return bool(json.loads(name) == "Records")
    except ValueError:
        return False


def _span(records: list[tuple[int, int]]) -> tuple[int, int]:
    return records[0][0], records[-1][1]
