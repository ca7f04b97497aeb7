"""Which records of a batch are held against what is stored, and what those that belong together show.

A look in the database costs as much as some ten records on their way in, and AWS does alike with all of them. So of
each batch a few are asked after, by the looks of its files: the first and the newest of each are at hand. What is rare,
a stream that is made or a user's temporary key, is asked after in every file.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.core.assumptions._assumption import OfTogether
from app.core.assumptions._seen import SeenCall
from app.core.assumptions._together import OneRequest, SeenTogether
from app.core.ledger.catalogue import catalogue
from app.core.model.batch import Arrival
from app.core.model.event import Event
from app.core.model.session import IssuedSession, IssuedToken
from app.core.model.sighting import Ends, Look, RecordKey, Sighting, Verdict
from app.core.trailfile.keys import file_key, names_a_log_file

MOST_FILES, MOST_REQUESTS, MOST_OF_A_FOLDER, MOST_CONNECTIONS = 64, 24, 4, 8
"""Of the first files of a batch so many records are asked after for others of the same request, some of each account's
folder, and so many PutMedia for others within an hour, which is more to look through."""
MOST_RARE = 100
"""So many of what is rare, in case that it is not."""
LEAST_UNEQUAL = 3
"""Of so many requests of a batch the eventIDs have to differ from trail to trail."""
CREATIONS = frozenset({"CreateStream", "CreateSignalingChannel"})
_CALLER = slice(SeenCall._fields.index("identity"), SeenCall._fields.index("key") + 1)
_USER_WITH_TEMPORARY_KEY = ("IAMUser", "ASIA")
_INSIDE = "/CloudTrail/"


@dataclass(frozen=True, slots=True)
class Probe:
    """A record of which it is asked what is stored that belongs to it."""

    event: Event
    origin: str
    is_emulated: bool

    @property
    def key(self) -> RecordKey:
        """What names the record."""
        return RecordKey(self.event.event_time, self.event.event_id, self.event.account)


@dataclass(frozen=True, slots=True)
class Probes:
    """The records of a batch that are asked after."""

    requests: list[Probe] = field(default_factory=list)
    """For what else there is of their request, of their second."""
    connections: list[Probe] = field(default_factory=list)
    """PutMedia: for what else there is of their request, of an hour before and after."""
    creations: list[Probe] = field(default_factory=list)
    """For what was made of their name before, or after."""
    keys: list[Probe] = field(default_factory=list)
    """Calls of users with temporary keys: for what issued these."""
    tokens: tuple[IssuedToken, ...] = ()
    """What GetSessionToken gave out: for such calls."""


def probes_of(arrivals: Sequence[Arrival]) -> Probes:
    """Return which records of a batch are asked after."""
    found = Probes(tokens=tuple(token for arrival in arrivals for token in arrival.tokens))
    for origin, look, ends in _rare(arrivals):
        probes = list(_probes(ends, origin, is_emulated=look[1]))
        if look[3][0] in CREATIONS and len(found.creations) < MOST_RARE:
            found.creations.extend(probes)
        if look[3][_CALLER] == _USER_WITH_TEMPORARY_KEY and len(found.keys) < MOST_RARE:
            known = {probe.event.access_key for probe in found.keys}
            found.keys.extend(probe for probe in probes if probe.event.access_key not in known)
    of_folder: Counter[str] = Counter()
    for arrival in arrivals[:MOST_FILES]:
        folder, inside, _ = arrival.origin.partition(_INSIDE)
        for (_, is_emulated, _, seen), ends in arrival.looks.items():
            if seen[0] == "PutMedia" and len(found.connections) < MOST_CONNECTIONS:
                found.connections.extend(_probes(ends, arrival.origin, is_emulated=is_emulated))
            if inside and of_folder[folder] < MOST_OF_A_FOLDER and len(found.requests) < MOST_REQUESTS:
                asked = list(_probes(ends, arrival.origin, is_emulated=is_emulated))
                found.requests.extend(asked)
                of_folder[folder] += len(asked)
    return found


def _rare(arrivals: Iterable[Arrival]) -> list[tuple[str, Look, Ends]]:
    """Return the looks of creations and of users' temporary keys, each with its file: of all files, so in one go."""
    return [
        (arrival.origin, look, ends)
        for arrival in arrivals
        for look, ends in arrival.looks.items()
        if look[3][0] in CREATIONS or look[3][_CALLER] == _USER_WITH_TEMPORARY_KEY
    ]


def _probes(ends: Iterable[Event | IssuedSession], origin: str, *, is_emulated: bool) -> Iterator[Probe]:
    """Yield those of a look that are events of their own; a correction is none."""
    for event in {id(one): one for one in ends}.values():
        if isinstance(event, Event) and not event.addendum_of:
            yield Probe(event, origin, is_emulated)


def of_two_trails(one: str, other: str) -> bool | None:
    """Return whether two trails wrote the log files at these places; None: nobody can tell.

    A file has 16 random characters in its name, by which it is known wherever it was copied to. A trail writes into one
    folder of an account, and may deliver an event there more than once.
    """
    names = one.rpartition("/")[2], other.rpartition("/")[2]
    keys = file_key(one), file_key(other)
    if keys[0] is None or keys[1] is None or not all(map(names_a_log_file, names)):
        return None
    return names[0] != names[1] and keys[0].folder != keys[1].folder


def is_brought_beside(arrivals: Iterable[Arrival], probe: Probe, event_id: str) -> bool:
    """Return whether the trail that delivered `probe` delivered that event in the same batch: then they are two."""
    folder = probe.origin.partition(_INSIDE)[0]
    of_trail = (arrival for arrival in arrivals if arrival.origin.partition(_INSIDE)[0] == folder)
    return any(record.event.event_id == event_id for arrival in of_trail for record in arrival.records)


Found = tuple[SeenTogether, RecordKey, bool]
"""What belongs together, the record that came, and whether the demo made it."""


def of_one_request(pairs: Iterable[tuple[Probe, str, str]], arrivals: Sequence[Arrival]) -> Iterator[Found]:
    """Yield each record of a batch, `arrivals`, with one of its second: same event, or same request; ID and origin.

    Two trails' records with two IDs may be two events of one request, of which the other copies come later. Were IDs
    not equal over trails, no two of a batch would be: so unequal ones are told only where none are equal, and of
    several requests.
    """
    are_equal = False
    unequal: dict[tuple[int, str | None], list[Found]] = {}
    for probe, event_id, origin in pairs:
        event, of_two = probe.event, of_two_trails(probe.origin, origin)
        is_same = event_id == event.event_id
        one = OneRequest(event.action, is_same, True, of_two), probe.key, probe.is_emulated
        if is_same:
            are_equal |= of_two is True
            yield one
        elif of_two and not is_brought_beside(arrivals, probe, event_id):
            unequal.setdefault((event.account, event.request_id), []).append(one)
    if not are_equal and len(unequal) >= LEAST_UNEQUAL:
        yield from (one for found in unequal.values() for one in found)


def sightings_together(found: Iterable[Found]) -> Iterator[Sighting]:
    """Yield what records that belong together show, each by itself."""
    for seen, key, is_emulated in found:
        for name, one in catalogue().items():
            verdict = one.check(seen) if isinstance(one, OfTogether) else None
            if verdict is not None:
                yield Sighting(name, "", verdict, is_emulated, key, key)


def merged(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Return them with each answer once an account, in the order of the store's key."""
    by_key: dict[tuple[int, str, str, Verdict, bool], Sighting] = {}
    for one in sightings:
        key = (one.first.account, one.assumption, one.call, one.verdict, one.is_emulated)
        known = by_key.get(key, one)
        by_key[key] = Sighting(*key[1:], min(known.first, one.first), max(known.newest, one.newest))
    return tuple(by_key[key] for key in sorted(by_key))
