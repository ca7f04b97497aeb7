"""What it would cost a month to log the calls that a hole hides, as far as anybody can know how many they are.

A call that no trail logs is in no log: CloudWatch may have counted it, or calls on streams that are logged say what
is usual. Where neither is known the cost is not known either.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.core.coverage.observe import ACTIONS_OF, ActionClass
from app.core.model.metric import RequestCounts

USD_PER_100_000 = 0.10
"""AWS's list price of data events delivered to a trail, by an old copy of https://aws.amazon.com/cloudtrail/pricing/."""
PRICE = "US$0.10 for 100,000 data events, AWS's list price by an old copy of its page: check today's"
FREE = "Management events: by AWS's list the first trail of a Region has them free; a further one is not estimated."
DAYS_A_MONTH = 30
_CENT = 0.01
_ACTIONS = {kind: frozenset(action.name for action in actions) for kind, actions in ACTIONS_OF.items()}


@dataclass(frozen=True, slots=True)
class Expected:
    """How many calls of a class are expected a day, and how that is known, in words."""

    calls: float
    basis: str


def counted(kind: ActionClass, counts: RequestCounts) -> Expected | None:
    """Return the calls of a class a day by CloudWatch's counts of a Region; None where no day was counted.

    Of channels CloudWatch counts nothing by stream name: of signaling it tells nothing.
    """
    days = (counts.until - counts.since).days
    if days <= 0 or kind in {ActionClass.SIGNALING, ActionClass.MANAGEMENT}:
        return None
    total = sum(count.requests for count in counts.counts if count.action in _ACTIONS[kind])
    return Expected(total / days, f"by CloudWatch's request counts of {_days(days)} to {counts.until:%Y-%m-%d}")


def by_others(calls: int, streams: int, days: int, mine: int) -> Expected | None:
    """Return the calls a day on `mine` streams, as `calls` on `streams` logged ones in `days` days let expect."""
    if not streams or days <= 0:
        return None
    return Expected(
        calls / streams / days * mine,
        f"as on {streams:,} like {'one' if streams == 1 else 'ones'} whose calls are stored, over {_days(days)}",
    )


def cost(expected: Mapping[ActionClass, Expected | None], names: Mapping[ActionClass, str], *, is_part: bool) -> str:
    """Return the monthly cost of logging some classes, in words. `is_part`: some of the calls are logged already."""
    data: dict[ActionClass, Expected | None] = {
        kind: known for kind, known in expected.items() if kind is not ActionClass.MANAGEMENT
    }
    told = [_of_data(data, names, is_part=is_part)] if data else []
    return " ".join((*told, FREE) if ActionClass.MANAGEMENT in expected else told)


def _of_data(data: Mapping[ActionClass, Expected | None], names: Mapping[ActionClass, str], *, is_part: bool) -> str:
    known = [one for one in data.values() if one is not None]
    unknown = [names[kind] for kind, one in data.items() if one is None]
    if not known:
        return f"Its cost is not known: nothing tells how many calls there are. The price is {PRICE}."
    calls = sum(one.calls for one in known) * DAYS_A_MONTH
    most = "at most " if is_part and not unknown else ""
    left = f"; how many of {' and '.join(unknown)} there are is not known" if unknown else ""
    told = f"Costs {most}{_usd(calls)} a month: {calls:,.0f} calls, {_bases(known)}{left}."
    return f"{told} That is a projection: the calls a day of that time, times {DAYS_A_MONTH}. The price is {PRICE}."


def in_all(places: Collection[Mapping[ActionClass, Expected | None]]) -> str:
    """Return what logging data events of some classes costs a month in several Regions of accounts, in words.

    "" where it is one Region, or of management events alone.
    """
    data = [[known for kind, known in one.items() if kind is not ActionClass.MANAGEMENT] for one in places]
    data = [known for known in data if known]
    if len(data) <= 1:
        return ""
    calls = sum(one.calls for known in data for one in known if one is not None) * DAYS_A_MONTH
    unknown = sum(None in known for known in data)
    is_known = any(one is not None for known in data for one in known)
    told = f"{_usd(calls)} a month" if is_known else "its cost there is not known"
    left = f"; in {unknown} of them not all is known" if is_known and unknown else ""
    where = f"The trail then logs more in {len(data)} Regions of the accounts that you may see, this one among them"
    return f"{where}, also what another one logs there: {told}{left}."


def logged_again(expected: Mapping[ActionClass, Expected | None], names: Mapping[ActionClass, str]) -> str:
    """Return what a second copy of some classes of data events costs a month, in words; "" where there is none."""
    if not expected:
        return ""
    known = [one.calls for one in expected.values() if one is not None]
    told = f"{_usd(sum(known) * DAYS_A_MONTH)} a month more" if len(known) == len(expected) else "its cost is not known"
    kinds = " and ".join(names[kind] for kind in expected)
    return f"The template's trail logs calls of {kinds} a second time, which is billed again: {told}."


def _bases(known: Collection[Expected]) -> str:
    return " and ".join(dict.fromkeys(one.basis for one in known))


def _usd(calls: float) -> str:
    dollars = calls / 100_000 * USD_PER_100_000
    return f"about US${dollars:,.2f}" if dollars >= _CENT or calls == 0 else "less than US$0.01"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
