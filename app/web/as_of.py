"""As of when a page answers: the box that asks for a time, the way back to now, and the readings around that time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.core.arn import account_text
from app.core.iam.matrix import EVALUATOR_VERSION
from app.core.model.reading import ReadingState
from app.core.query.filter import AT
from app.core.readings import AsOf
from app.db.queries.matrix import account_states
from app.web import filters
from app.web.shell import with_query
from app.web.visit import Visit

MOST_TOLD = 20
_DROPPED = frozenset({AT, "from", "to", "after", "before", "page"})
"""What does not stay when another time is asked for: ranges and places in a list that are of this one."""


@dataclass(frozen=True, slots=True)
class AsOfView:
    """What templates/partials/_as_of.html and _readings.html print.

    `value` is what the box holds, `latest` the last it takes. `said` is the time of the answer; "": it is of now.
    `doubts` are the sentences that say more than "the same"; those that do not are `same`.
    """

    value: str
    latest: str
    hidden: tuple[tuple[str, str], ...]
    said: str = ""
    drop: str = ""
    doubts: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    note: str = ""


def as_of_view(visit: Visit, told: Mapping[int, AsOf]) -> AsOfView:
    """Return the control of a page, and what the readings of each account say of the time asked for."""
    request = visit.request
    hidden = tuple((name, value) for name, value in request.query_params.multi_items() if name not in _DROPPED)
    at = visit.at
    if at is None:
        return AsOfView("", f"{visit.now:%Y-%m-%dT%H:%M}", hidden)
    lines = list(_lines(visit, told))
    doubts = tuple(line for state, line in lines if state is not ReadingState.SAME)
    return AsOfView(
        value=f"{at.at:%Y-%m-%dT%H:%M}",
        latest=f"{visit.now:%Y-%m-%dT%H:%M}",
        hidden=hidden,
        said=f"{at.at:%Y-%m-%d %H:%M:%SZ}",
        drop=with_query(request, **{AT: None}),
        doubts=_cut(doubts),
        same=_cut(tuple(line for state, line in lines if state is ReadingState.SAME)),
        note=_evaluator(visit),
    )


def _lines(visit: Visit, told: Mapping[int, AsOf]) -> Iterator[tuple[ReadingState, str]]:
    for account, as_of in told.items():
        name = f"{visit.account_name(account)} {account_text(account)}: " if len(told) > 1 else ""
        yield from ((state, f"{name}{sentence}") for state, sentence in as_of.told())


def _cut(lines: tuple[str, ...]) -> tuple[str, ...]:
    more = len(lines) - MOST_TOLD
    return (*lines[:MOST_TOLD], f"And {more:,} more, each told where one account is chosen.") if more > 0 else lines


def _evaluator(visit: Visit) -> str:
    """Say where the grants of now were not judged by the evaluator that judged these."""
    states = account_states(visit.connection, visit.scope)
    others = {state.evaluator for state in states if state.evaluator not in {None, str(EVALUATOR_VERSION)}}
    if not others:
        return ""
    versions = ", ".join(sorted(each for each in others if each))
    return (
        f"Judged by version {EVALUATOR_VERSION} of the evaluator; {filters.plural(len(states), 'account')} may still"
        f" have grants of version {versions} when asked for now."
    )
