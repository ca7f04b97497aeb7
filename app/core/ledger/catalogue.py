"""All assumptions, read from their folder."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from app.core import assumptions
from app.core import catalogue as folder
from app.core.assumptions._assumption import Assumption, Rests


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Assumption]:
    """Return every assumption by its id, the name of its file.

    Raises:
        CatalogueError: a file of the folder is no assumption.
    """
    return folder.load(assumptions, "ASSUMPTION", Assumption)


def chosen(names: Collection[str]) -> tuple[Collection[str], tuple[str, ...]]:
    """Return those of `names` that are assumptions, which are all where none is, and those that are not."""
    known = catalogue()
    unknown = tuple(name for name in names if name not in known)
    return frozenset(names) & known.keys() or known.keys(), unknown


def below(what: Rests) -> frozenset[str]:
    """Return the ids of the assumptions that `what` rests on."""
    return frozenset(name for name, one in catalogue().items() if what in one.rests)


def asked_below(rests: Collection[Rests], calls: Collection[str] | None = None) -> tuple[tuple[str, str], ...]:
    """Return (id, call) of each assumption that any of `rests` rests on, for those of `calls` that it is about.

    `calls` None: for all of them. The call is "" where an assumption is about none in particular.
    """
    return tuple(
        (name, call)
        for name, one in catalogue().items()
        if not set(rests).isdisjoint(one.rests)
        for call in one.calls or ("",)
        if not call or calls is None or call in calls
    )


def below_rule(rule: str) -> frozenset[str]:
    """Return the ids of the assumptions that a rule's answer rests on."""
    return frozenset(name for name, one in catalogue().items() if rule in one.rules)
