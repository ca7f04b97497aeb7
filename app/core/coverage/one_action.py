"""What was observable of one action alone: where selectors tell actions apart, each has an answer of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from app.core.coverage.history import Strip
from app.core.coverage.observe import ACTIONS_OF, ActionClass
from app.core.coverage.selectors import alike
from app.core.coverage.settings import AccountHistory, selectors_of
from app.core.model.trail import AdvancedSelector, BasicSelector

Groups = Mapping[ActionClass, tuple[frozenset[str], ...]]
"""The actions of each class, those together that the selectors take alike."""


def groups_of(histories: Iterable[AccountHistory]) -> Groups:
    """Return which actions the selectors of some accounts tell apart, at any time."""
    return _groups(*selectors_of(histories))


# Selectors change by the month, accounts have few different ones, and every page asks of all.
@lru_cache(maxsize=1_024)
def _groups(advanced: frozenset[AdvancedSelector], basic: frozenset[BasicSelector]) -> Groups:
    return {kind: alike(actions, advanced, basic) for kind, actions in ACTIONS_OF.items()}


def with_actions(
    whole: tuple[Strip, ...], groups: Groups, strips_of: Callable[[frozenset[str]], tuple[Strip, ...]]
) -> tuple[Strip, ...]:
    """Return strips of whole classes with the answers of their actions, each group's once.

    `strips_of` computes the same strips of some actions alone. Where all of a class was observed, so was each action.
    """
    with_holes = {strip.kind for strip in whole if strip.holes}
    split = {kind: its for kind, its in groups.items() if len(its) > 1 and kind in with_holes}
    apart: dict[tuple[str, ActionClass], dict[frozenset[str], Strip]] = {}
    for turn in range(max(map(len, split.values()), default=0)):
        # One group of each class at a time: classes do not decide on each other.
        asked = {kind: its[min(turn, len(its) - 1)] for kind, its in groups.items()}
        for strip in strips_of(frozenset().union(*asked.values())):
            if strip.kind in split:
                apart.setdefault((strip.region, strip.kind), {})[asked[strip.kind]] = strip
    return tuple(
        replace(strip, apart=tuple((names, one.stretches) for names, one in its.items()))
        if (its := apart.get((strip.region, strip.kind))) is not None
        else strip
        for strip in whole
    )
