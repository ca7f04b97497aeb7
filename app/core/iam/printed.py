"""A policy document pretty-printed, with the lines on which each of its parts stands."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Printed:
    """A document's lines, and from a path such as ("Statement", 0, "Action") to its (first, last) line, from 1."""

    lines: tuple[str, ...]
    places: dict[Path, tuple[int, int]]

    def text(self, path: Path) -> str:
        """Return the lines of one part, as they stand in the document."""
        first, last = self.places[path]
        return "\n".join(self.lines[first - 1 : last])


def printed(document: Any) -> Printed:
    """Return a decoded JSON document with four spaces a level, one value a line."""
    lines: list[str] = []
    places: dict[Path, tuple[int, int]] = {}
    _print(document, (), "", "", lines, places)
    return Printed(tuple(lines), places)


def _print(value: Any, path: Path, lead: str, tail: str, lines: list[str], places: dict[Path, tuple[int, int]]) -> None:
    """Append a value's lines; `lead` is what stands before it on its first line, `tail` behind its last."""
    first = len(lines) + 1
    indent = _INDENT * len(path)
    members = list(_members(value))
    if not members:
        lines.append(f"{indent}{lead}{json.dumps(value, ensure_ascii=False)}{tail}")
    else:
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        lines.append(f"{indent}{lead}{opening}")
        for number, (step, name, member) in enumerate(members, 1):
            _print(member, (*path, step), name, "," if number < len(members) else "", lines, places)
        lines.append(f"{indent}{closing}{tail}")
    places[path] = (first, len(lines))


def _members(value: Any) -> Iterator[tuple[str | int, str, Any]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield key, f"{json.dumps(key, ensure_ascii=False)}: ", member
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield index, "", member
