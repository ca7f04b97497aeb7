"""What strips of coverage say together: which share of the time was observable, and what none means there."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.core.coverage.history import Moment, Strip, horizon
from app.core.coverage.observe import ActionClass, ObservableState, class_of
from app.core.kvs.actions import Action

SEEN = frozenset({ObservableState.OBSERVED, ObservableState.PARTLY})
BLIND = frozenset({ObservableState.NOT_LOGGED, ObservableState.NOT_DELIVERED, ObservableState.NOT_COLLECTED})
"""Of these it is known that not all could be seen. What is EXPIRED may have been; what is UNKNOWN, too."""
IN_PART = "in part"
NOT_OBSERVABLE = "not observable"


@dataclass(frozen=True, slots=True)
class Seen:
    """Strips over one range, and all of them laid over each other."""

    strips: tuple[Strip, ...]
    moments: tuple[Moment, ...]

    @property
    def share(self) -> str:
        """The share of (stream, class, time) that was fully observable, rounded towards less.

        "in part" where no moment was, but some of the calls would have been seen: 0 % would be a false nothing.
        """
        whole = sum(((m.end - m.start).total_seconds() * m.whole for m in self.moments), 0.0)
        seen = sum(((m.end - m.start).total_seconds() * m.seen for m in self.moments), 0.0)
        return IN_PART if seen == 0 and self.left_out else share(seen, whole)

    @property
    def left_out(self) -> str:
        """Why some strip was seen in part only, "" when none was: the latest reason, which names what is left out."""
        partly = [x for s in self.strips for x in s.stretches if x.state is ObservableState.PARTLY]
        return max(partly, key=lambda stretch: stretch.end).reason if partly else ""

    @property
    def reasons(self) -> str:
        """Why not everything was seen: at most three reasons, that of the longest time first, "" when all was."""
        lasted: Counter[str] = Counter()
        for strip in self.strips:
            for hole in strip.holes:
                lasted[hole.reason] += int((hole.end - hole.start).total_seconds()) * max(strip.streams, 1)
        return "; ".join(reason for reason, _ in lasted.most_common(3))

    @property
    def none(self) -> str:
        """What to say where no call was found: 0 only where all of them would have been seen."""
        return "0" if self.is_whole else NOT_OBSERVABLE if self.is_dark else "none seen"

    @property
    def blind(self) -> frozenset[int]:
        """The accounts that were blind at all times, where something of others was seen."""
        return frozenset(account for account, states in self._unseen.items() if states <= BLIND)

    @property
    def blind_in_kept(self) -> frozenset[int]:
        """The accounts that were blind whenever calls are kept, where not all are: what is gone may have been seen."""
        gone = {ObservableState.EXPIRED}
        return frozenset(a for a, states in self._unseen.items() if gone < states <= BLIND | gone)

    @property
    def unknown(self) -> frozenset[int]:
        """The accounts of which nothing is known to be seen and of some time nothing is known at all, beside others."""
        return frozenset(account for account, states in self._unseen.items() if ObservableState.UNKNOWN in states)

    @property
    def _unseen(self) -> dict[int, set[ObservableState]]:
        """The states of each account that was never seen, where something of others was."""
        states: dict[int, set[ObservableState]] = {}
        for strip in self.strips:
            states.setdefault(strip.account, set()).update(stretch.state for stretch in strip.stretches)
        unseen = {account: of for account, of in states.items() if of and not of & SEEN}
        return unseen if len(unseen) < len(states) else {}

    @property
    def is_whole(self) -> bool:
        """Whether everything was observable all of the time: only then is none a number."""
        return bool(self.moments) and all(moment.whole and moment.seen == moment.whole for moment in self.moments)

    @property
    def is_dark(self) -> bool:
        """Whether nothing was observable at any time, not even in part: then none is not a number at all."""
        return all(moment.seen == 0 for moment in self.moments) and not self.left_out


def seen_over(strips: Iterable[Strip], start: datetime, end: datetime) -> Seen:
    """Return what strips over [start, end) say together."""
    found = tuple(strips)
    return Seen(found, horizon(found, start, end))


def strips_of_region(
    strips: Iterable[Strip], account: int, region: str, kinds: frozenset[ActionClass]
) -> tuple[Strip, ...]:
    """Return the strips of some classes in one Region of an account: those of a stream."""
    return tuple(s for s in strips if s.account == account and s.region == region and s.kind in kinds)


def strips_of_account(strips: Iterable[Strip], account: int, kinds: frozenset[ActionClass]) -> tuple[Strip, ...]:
    """Return the strips of some classes of an account; of all accounts where this one has no stream."""
    wanted = [s for s in strips if s.kind in kinds]
    return tuple(s for s in wanted if s.account == account) or tuple(wanted)


def strips_of_action(strips: Iterable[Strip], account: int, action: Action) -> tuple[Strip, ...]:
    """Return the strips of one action in an account."""
    return tuple(s.of(action.name) for s in strips if s.account == account and s.kind is class_of(action))


def share(part: float, whole: float = 1.0) -> str:
    """Return `part` of `whole` in percent, rounded towards less: 99.96 % is never "100 %".

    None of the whole to have a share of is said so, not as 0 %.
    """
    if whole <= 0:
        return NOT_OBSERVABLE
    # 1e-9 forgives the last bit of a division, never a real remainder.
    tenths = int(1000 * part / whole + 1e-9)
    if tenths == 0 and part > 0:
        return "under 0.1 %"
    return f"{tenths // 10} %" if tenths in {0, 1000} else f"{tenths // 10}.{tenths % 10} %"


def share_of(strip: Strip) -> str:
    """Return the share of the time in which one strip was seen, and that the rest was in part where it was."""
    is_partly = any(stretch.state is ObservableState.PARTLY for stretch in strip.stretches)
    seen = share(strip.observed)
    if not is_partly:
        return seen
    return IN_PART if strip.observed == 0 else f"{seen}, else in part"
