"""Ways through roles: from whoever stands outside, hop by hop, to a principal that is allowed something."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from operator import itemgetter

from app.core.iam.trust import IOT_CREDENTIAL_PROVIDER
from app.core.model.entry import Entry
from app.core.model.grant import MOST_CERTAIN_FIRST, Held, Outcome

MOST_HOPS = 6
"""Longer chains are not followed. A session that was reached through a role lives an hour at most (IAM User Guide)."""

EntriesOf = Callable[[Sequence[str]], Mapping[str, Sequence[Entry]]]
"""From principals to who may assume each; of one that is missing in the answer nobody could look."""


_RANK = {outcome: rank for rank, outcome in enumerate(MOST_CERTAIN_FIRST)}


@dataclass(frozen=True, slots=True)
class Path:
    """One way in: `hops` from the source of the first to the role of the last, which holds what was asked (`grant`).

    `outcome` is what all hops and the grant let through together. `is_open`: more may stand before its first hop, but
    nobody can look there (an account that was not read, a provider, a service, a chain longer than `MOST_HOPS`).
    `circle`: the roles of this way that may assume its source again, so that going on leads back into it.
    """

    hops: tuple[Entry, ...]
    grant: Held
    outcome: Outcome
    is_open: bool
    circle: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Who stands at its beginning."""
        return self.hops[0].source

    @property
    def target(self) -> str:
        """The role to which it leads."""
        return self.hops[-1].role

    @property
    def condition_keys(self) -> tuple[str, ...]:
        """The keys that decide on any hop or on the grant at its end, sorted."""
        on_hops = {key for hop in self.hops for key in hop.condition_keys}
        return tuple(sorted(on_hops | {*self.grant.condition_keys}))


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways in, and the principals of which nobody could look who assumes them."""

    paths: tuple[Path, ...]
    unseen: tuple[str, ...]


def ways_into(granted: Mapping[str, Held], entries_of: EntriesOf, most_hops: int = MOST_HOPS) -> Ways:
    """Return a way for every entry into a role from which one gets to what `granted` says of principals.

    Behind its first hop it goes on by the most certain way of that role, then the shortest: the others are those of
    whoever may assume it. So no door stands open unseen, and no way is told twice. Ways of one source stand together,
    the best first. Who is granted it needs no way, and has one only where it is more certain than the grant. A way that
    would go in a circle ends there, and says so.
    """
    entries, unseen, beyond = _closure(granted, entries_of, most_hops)
    best = _best_ways(granted, entries, most_hops)
    found: dict[str, list[tuple[int, tuple[Entry, ...]]]] = {}
    for role in best:
        for entry in entries.get(role, ()):
            held = granted.get(entry.source)
            for rank, way in best[role]:
                worst = _rank_through(entry, way, rank)
                is_better = held is None or worst < _RANK[held.outcome]
                if is_better and len(way) < most_hops and all(entry.source != hop.role for hop in (entry, *way)):
                    found.setdefault(entry.source, []).append((worst, (entry, *way)))
                    break
    paths = tuple(
        Path(
            way,
            granted[way[-1].role],
            MOST_CERTAIN_FIRST[rank],
            is_open=not way[0].is_known or source in unseen or source in beyond,
            circle=_circle(way, entries.get(source, ())),
        )
        for source in best
        for rank, way in sorted(found.get(source, ()), key=_in_order)
    )
    return Ways(paths, tuple(sorted(unseen)))


def _in_order(found: tuple[int, tuple[Entry, ...]]) -> tuple[int, int, list[str]]:
    rank, way = found
    return rank, len(way), [hop.role for hop in way]


def _best_ways(
    granted: Mapping[str, Held], entries: Mapping[str, Sequence[Entry]], most_hops: int
) -> dict[str, list[tuple[int, tuple[Entry, ...]]]]:
    """Return the ways (rank, hops) of everyone who gets there, the most certain first, each shorter than the last.

    A less certain way is followed on where it is shorter: the more certain one may end at the last hop.
    """
    best: dict[str, list[tuple[int, tuple[Entry, ...]]]] = {}
    waiting: list[tuple[int, int, int, str, tuple[Entry, ...]]] = []
    number = count()  # of two ways that are equally good the first one found
    for principal, held in sorted(granted.items(), key=itemgetter(0)):
        if held.outcome is not Outcome.DENY:
            heappush(waiting, (_RANK[held.outcome], 0, next(number), principal, ()))
    while waiting:
        rank, hops, _, source, way = heappop(waiting)
        ways = best.setdefault(source, [])
        if ways and hops >= len(ways[-1][1]):
            continue
        ways.append((rank, way))
        if hops == most_hops or not (way == () or way[0].is_known):
            continue
        for entry in entries.get(source, ()):
            worst = _rank_through(entry, way, rank)
            heappush(waiting, (worst, hops + 1, next(number), entry.source, (entry, *way)))
    return best


def _rank_through(entry: Entry, way: tuple[Entry, ...], rank: int) -> int:
    """Return the rank of a way of `rank` that begins with one hop more.

    What each device is granted for itself depends, for a session that no device opened: it has no
    `credentials-iot:*` keys, and what the policies give to sessions without them is not stored.
    """
    is_of_a_device = entry.source == IOT_CREDENTIAL_PROVIDER
    if way == () and rank == _RANK[Outcome.PER_DEVICE] and not is_of_a_device:
        rank = _RANK[Outcome.CONDITIONAL]
    return max(rank, _RANK[entry.outcome])


def _circle(way: tuple[Entry, ...], into_source: Iterable[Entry]) -> tuple[str, ...]:
    on_way = {hop.role for hop in way}
    return tuple(sorted(entry.source for entry in into_source if entry.is_known and entry.source in on_way))


def _closure(
    granted: Iterable[str], entries_of: EntriesOf, most_hops: int
) -> tuple[dict[str, Sequence[Entry]], set[str], frozenset[str]]:
    """Return the entries of all roles on any way, the principals nobody could look behind, and those too far off."""
    known: dict[str, Sequence[Entry]] = {}
    unseen: set[str] = set()
    layer = sorted(granted)
    for _ in range(most_hops):
        if not layer:
            break
        found = entries_of(layer)
        known |= found
        unseen |= set(layer) - found.keys()
        reached = {entry.source for entries in found.values() for entry in entries if entry.is_known}
        layer = sorted(reached - known.keys() - unseen)
    return known, unseen, frozenset(layer)
