"""Lists in the order of names: what is looked for, which kind, and where the next page begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.digits import ID_DIGITS, number
from app.web.shell import with_query
from app.web.visit import Visit

LIMIT = 100
"""Rows a page."""

Kinds = Sequence[tuple[str, str]]
"""(value in the URL, label) of each kind; the value of all is ""."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the URL asks for. `after` is the (name, id) behind which the page begins, None at the beginning."""

    name: str
    kind: str
    after: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the kinds to show."""

    label: str
    href: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class ByName:
    """What templates/partials/_by_name_*.html print around a list; `hint` says what can be looked for."""

    path: str
    hint: str
    name: str
    kept: tuple[tuple[str, str], ...]
    kinds: tuple[Choice, ...]
    next: str
    is_first: bool
    first: str


def asked(visit: Visit, kinds: Kinds) -> Asked:
    """Return what the URL asks for; a kind that is none shows all."""
    query = visit.request.query_params
    kind = query.get("kind", "")
    known = kind if kind in {value for value, _ in kinds} else ""
    return Asked(query.get("name", "").replace("\0", ""), known, cursor(query.get("after", "")))


def by_name(visit: Visit, question: Asked, kinds: Kinds, hint: str, last: tuple[str, int] | None) -> ByName:
    """Return the frame of a list; `last` is the (name, id) of its last row when more follow."""
    request = visit.request
    return ByName(
        path=request.url.path,
        hint=hint,
        name=question.name,
        kept=tuple((k, v) for k, v in request.query_params.multi_items() if k not in {"name", "after"}),
        kinds=tuple(
            Choice(label, with_query(request, kind=value or None), value == question.kind) for value, label in kinds
        ),
        next=with_query(request, after=f"{last[1]}:{last[0].lower()}") if last is not None else "",
        is_first=question.after is None,
        first=with_query(request, after=None),
    )


def cursor(text: str) -> tuple[str, int] | None:
    """Return the (name, id) that `after=ID:NAME` holds; what is none begins at the beginning."""
    ident, mark, name = text.replace("\0", "").partition(":")
    found = number(ident, ID_DIGITS)
    return (name, found) if mark and found is not None else None
