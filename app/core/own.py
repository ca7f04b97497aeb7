"""Which calls of kvswatch's role are kvswatch's own: session name, source address and our own ledger must agree.

A session name anybody may choose, and an address may be shared: only the count of calls that we began tells a stolen
role's calls from ours. So each call in CloudTrail takes one from the ledger, and what finds none left is not ours.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.kvs.actions import PREFIX

HOUR = timedelta(hours=1)
SLACK = timedelta(minutes=2)
"""By so much may our time of a call's beginning and CloudTrail's time of it differ: clocks, and the way there."""
LEARNT_FOR = timedelta(hours=24)
"""For so long an address from which our role was assumed is one that we call from."""
ASSUME_ROLE = "sts:AssumeRole"

Slot = tuple[datetime, str, str]
"""(hour in which a call was begun, "service:Api", Region)."""


class Ownership(StrEnum):
    """Whose a call is. UNKNOWN: the ledger has room for it, but something else does not agree, or it is older."""

    OWN = "own"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class RoleCall:
    """One call that CloudTrail has of our role, or the AssumeRole that began a session of it. `key` is its eventID."""

    at: datetime
    key: str
    api: str
    region: str
    session_name: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class OwnWork:
    """What kvswatch knows of its own work in one account.

    `begun` are the counts of the ledger, which was begun in the hour `since` (None: never). `assumed` are the
    AssumeRole records of sessions of `role_arn`, those of LEARNT_FOR before the calls to be judged included.
    """

    role_arn: str
    session_name: str
    begun: Mapping[Slot, int]
    since: datetime | None
    assumed: tuple[RoleCall, ...] = ()


def ownership(calls: Iterable[RoleCall], work: OwnWork) -> dict[str, Ownership]:
    """Return whose each of the role's `calls` is, by key.

    Give all calls of the hours in question and of the hour on either side: at the border of two hours, calls of one may
    take from the ledger of the other.
    """
    ordered = sorted(calls)
    named = [call for call in ordered if call.session_name == work.session_name]
    is_ours = _address_test(named, work)
    left = _Left(work)
    own = {call.key for call in named if is_ours(call) and left.take(call)}
    # What comes from elsewhere gets what is left: a call of ours that CloudTrail has not delivered yet, at most.
    possible = {call.key for call in named if not is_ours(call) and left.take(call)}
    return {call.key: _verdict(call, own, possible, work.since) for call in ordered}


def api_of(source: str, action: str) -> str:
    """Return a call's name as the ledger has it: ("kinesisvideo.amazonaws.com", "ListStreams").

    AWS shows the source of media calls nowhere; whatever it begins with the service's name is that service's.
    """
    service = PREFIX if source.startswith(PREFIX) else source.partition(".")[0]
    return f"{service}:{action}"


def foreign_sessions(work: OwnWork) -> tuple[RoleCall, ...]:
    """Return the AssumeRole records, oldest first, of sessions of our role that kvswatch did not ask for.

    Of several in one hour nobody can say which was ours: those that find the ledger empty are as many as were not.
    """
    left = _Left(work)
    taken = {call.key for call in sorted(work.assumed) if call.session_name == work.session_name and left.take(call)}
    return tuple(call for call in sorted(work.assumed) if _verdict(call, taken, set(), work.since) is Ownership.FOREIGN)


def own_addresses(work: OwnWork) -> Mapping[str, tuple[datetime, ...]]:
    """Return from where our role was assumed and when, by address; only hours in which every AssumeRole was ours teach.

    In an hour with one AssumeRole more than the ledger holds, nobody can say which of them was the thief's; but one of
    them was ours, so that an address that all of them came from is.
    """
    learnt: dict[str, list[datetime]] = defaultdict(list)
    by_slot: dict[tuple[datetime, str], list[RoleCall]] = defaultdict(list)
    left = _Left(work)
    for call in sorted(work.assumed):
        if call.session_name == work.session_name:
            by_slot[_hour(call.at), call.region].append(call)
    for calls in by_slot.values():
        agreed = [left.take(call) for call in calls]
        is_sure = all(agreed) or (any(agreed) and len({call.address for call in calls}) == 1)
        for call in calls if is_sure else ():
            if call.address:
                learnt[call.address].append(call.at)
    return {address: tuple(times) for address, times in learnt.items()}


def _address_test(named: list[RoleCall], work: OwnWork) -> Callable[[RoleCall], bool]:
    """Return what tells whether we call from a call's address.

    Where no AssumeRole was logged for a day (a trail without read events), the calls of an hour that all come from one
    address vouch for it.
    """
    learnt = own_addresses(work)
    everywhere: dict[datetime, set[str | None]] = defaultdict(set)
    for call in named:
        everywhere[_hour(call.at)].add(call.address)

    def is_ours(call: RoleCall) -> bool:
        if not any(_teaches(session.at, call.at) for session in work.assumed):
            return len(everywhere[_hour(call.at)]) == 1
        return any(_teaches(at, call.at) for at in learnt.get(call.address or "", ()))

    return is_ours


def _teaches(assumed_at: datetime, at: datetime) -> bool:
    return assumed_at - SLACK <= at <= assumed_at + LEARNT_FOR


class _Left:
    """What of the ledger no call has taken yet, and which of those taken could be of another hour as well."""

    def __init__(self, work: OwnWork) -> None:
        self._counts = Counter({slot: n for slot, n in work.begun.items() if n > 0})
        self._movable: dict[Slot, list[RoleCall]] = defaultdict(list)

    def take(self, call: RoleCall) -> bool:
        """Take one call from the ledger, from the earliest hour that may hold it; return whether there was one.

        Whoever came before gives way where it could be of another hour, so that nobody is left without who need not be.
        """
        slots = [(hour, call.api, call.region) for hour in _hours(call.at)]
        found = next((slot for slot in slots if self._counts[slot] > 0 or self._give_way(slot)), None)
        if found is None:
            return False
        self._counts[found] -= 1
        if len(slots) > 1:
            self._movable[found].append(call)
        return True

    def _give_way(self, slot: Slot) -> bool:
        """Move calls from hour to hour, each to the next, until there is room in `slot`; return whether there is."""
        _, api, region = slot
        for step in (HOUR, -HOUR):
            moves: list[tuple[RoleCall, Slot, Slot]] = []
            last = slot
            while (moved := self._one_that_fits(last, last[0] + step)) is not None:
                moves.append((moved, last, (last[0] + step, api, region)))
                last = moves[-1][2]
                if self._counts[last] > 0:
                    for call, before, after in moves:
                        self._movable[before].remove(call)
                        self._movable[after].append(call)
                    self._counts[last] -= 1
                    self._counts[slot] += 1
                    return True
        return False

    def _one_that_fits(self, slot: Slot, hour: datetime) -> RoleCall | None:
        return next((call for call in self._movable[slot] if hour in _hours(call.at)), None)


def _hours(at: datetime) -> Iterator[datetime]:
    first, last = _hour(at - SLACK), _hour(at + SLACK)
    yield first
    if last != first:
        yield last


def _verdict(call: RoleCall, own: set[str], possible: set[str], since: datetime | None) -> Ownership:
    if call.key in own:
        return Ownership.OWN
    if call.key in possible or since is None or call.at < since + HOUR:
        # Before the ledger's first hour was over, others of its kind may have worked here: another installation, say.
        return Ownership.UNKNOWN
    return Ownership.FOREIGN


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
