"""As of when a page answers: the box that asks for a time, the way back to now, and the readings around that time."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter

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
    `doubts` say what was not known then, or changed between two readings; `folded` are the other sentences, and of
    several accounts all: those of one stand open (`is_one`). `basis` says what the answer is from.
    """

    value: str
    latest: str
    hidden: tuple[tuple[str, str], ...]
    said: str = ""
    drop: str = ""
    doubts: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    basis: str = ""
    note: str = ""
    is_one: bool = False


def as_of_view(visit: Visit, told: Mapping[int, AsOf]) -> AsOfView:
    """Return the control of a page, and what the readings of each account say of the time asked for."""
    request = visit.request
    hidden = tuple((name, value) for name, value in request.query_params.multi_items() if name not in _DROPPED)
    at = visit.at
    if at is None:
        return AsOfView("", f"{visit.now:%Y-%m-%dT%H:%M}", hidden)
    said = f"{at.at:%Y-%m-%d %H:%M:%SZ}"
    doubts, folded = _of_many(visit, told) if len(told) > 1 else _of_one(told)
    return AsOfView(
        value=f"{at.at:%Y-%m-%dT%H:%M}",
        latest=f"{visit.now:%Y-%m-%dT%H:%M}",
        hidden=hidden,
        said=said,
        drop=with_query(request, **{AT: None}),
        doubts=doubts,
        folded=folded,
        basis=_basis(told, said),
        note=_evaluator(visit, told),
        is_one=len(told) == 1,
    )


def _basis(told: Mapping[int, AsOf], said: str) -> str:
    """Say where permissions and calls are from: the log of a time is read after it, and of all time at once."""
    read = f"Permissions and settings are those read before {said}"
    if all(as_of.is_blank for as_of in told.values()):
        read = f"No permissions and no settings had been read before {said}: what they were is not known"
    return f"{read}. Calls are those before that time, by the logs as read by now."


def _of_one(told: Mapping[int, AsOf]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines = [line for as_of in told.values() for line in as_of.told()]
    doubts = (sentence for state, sentence in lines if state is not ReadingState.SAME)
    return tuple(doubts), tuple(sentence for state, sentence in lines if state is ReadingState.SAME)


def _of_many(visit: Visit, told: Mapping[int, AsOf]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return one sentence on all accounts, and those of each, the doubtful first."""
    lines = [
        (state is ReadingState.SAME, account, f"{visit.account_name(account)} {account_text(account)}: {sentence}")
        for account, as_of in told.items()
        for state, sentence in as_of.told()
    ]
    unsure = len({account for is_same, account, _ in lines if not is_same})
    doubt = f"{unsure} of {len(told)} accounts have parts that were not known then, or changed between two readings."
    sentences = [sentence for _, _, sentence in sorted(lines, key=itemgetter(0))]
    more = len(sentences) - MOST_TOLD
    if more > 0:
        sentences[MOST_TOLD:] = [f"And {more:,} more, each told where one account is chosen."]
    return (doubt,) if unsure else (), tuple(sentences)


def _evaluator(visit: Visit, told: Mapping[int, AsOf]) -> str:
    """Say where the grants of now were not judged by the evaluator that judged these."""
    current = str(EVALUATOR_VERSION)
    states = [state for state in account_states(visit.connection, visit.scope) if state.account in told]
    others = [state.evaluator for state in states if state.evaluator and state.evaluator != current]
    if not others:
        return ""
    return (
        f"Judged by version {current} of the evaluator; the stored grants of now of"
        f" {filters.plural(len(others), 'account')} are of version {', '.join(sorted(set(others)))}."
    )
