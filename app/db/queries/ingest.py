"""Events, sessions and rejected records into Postgres: each once, together with the cursor that read them.

One batch is one transaction: binary COPY of events into a temporary stage, from which what is stored already is taken
out, then one statement that inserts the rest and feeds the rollups and the marks for evaluation from the same rows, all
of them or none. Sessions feed no rollup: their keys alone are staged, and the new ones copied into their table. A
reader that is killed leaves nothing or all of a batch, cursor included. No count is a number of affected rows: those
lie on Citus.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.core.ledger.look import sightings_of
from app.core.ledger.together import Probes, merged, probes_of, sightings_together
from app.core.model.batch import Arrival
from app.core.model.event import Event
from app.core.model.feed import Cursor, FeedKey, Progress, Records
from app.core.model.session import IssuedSession
from app.core.model.sighting import Sighting
from app.core.normalise.trail_file import WHOLE_FILE
from app.core.trailfile.packing import Packer
from app.db.partitions import Parent, ensure_months
from app.db.queries.access_changes import change_rows, store_changes
from app.db.queries.addenda import Correction, begin, correction_of, supersede
from app.db.queries.assumptions import store_sightings
from app.db.queries.dictionaries import current_dictionary
from app.db.queries.dimensions import Ids, NameIds, Wanted, names_of, principal_of
from app.db.queries.feeds import advance
from app.db.queries.log_files import store_read_files
from app.db.queries.rejected_records import forget_rejected, store_rejected
from app.db.queries.stored_events import event_row, raw_row, store_events
from app.db.queries.stored_sessions import names_of as names_of_session
from app.db.queries.stored_sessions import role_actor, session_row, store_sessions
from app.db.queries.together import store_tokens, stored_together


@dataclass(frozen=True, slots=True)
class Step:
    """How far a feed comes with a batch: stored with it, by the owner of its lease or not at all."""

    feed: FeedKey
    owner: str
    cursor: Cursor
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What a batch added, and what of it was there before."""

    events: int = 0
    duplicate_events: int = 0
    sessions: int = 0
    duplicate_sessions: int = 0
    rejected: int = 0
    counted_before: int = 0
    """Of `events` those that are not counted anew: the counts of their day outlived its calls."""

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(
            self.events + other.events,
            self.duplicate_events + other.duplicate_events,
            self.sessions + other.sessions,
            self.duplicate_sessions + other.duplicate_sessions,
            self.rejected + other.rejected,
            self.counted_before + other.counted_before,
        )


_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch as it goes to the server: rows without doubles, in the order of their keys."""

    arrivals: Sequence[Arrival]
    events: Sequence[tuple[Any, ...]]
    raws: Sequence[tuple[Any, ...]]
    """The raw records of the events, in their order."""
    sessions: Sequence[tuple[Any, ...]]
    months: Mapping[Parent, set[date]]
    changes: Sequence[tuple[int, str, datetime, str]] = ()
    """What the changes of permissions among the events are about."""
    corrections: Sequence[Correction] = ()
    """Which of the events correct another one, in the order of their keys."""
    sightings: Sequence[Sighting] = ()
    """What the records show of the assumptions, those included that are stored already."""
    probes: Probes = field(default_factory=Probes)
    """Those of which it is asked what else is stored: together they may show more."""


class EventStore:
    """Stores batches. Holds the ids and the dictionary that it has learned.

    Preparing costs our processor, writing the server's: with `prepare` in one thread and `write` in another the next
    batch is made while the server takes the last one in. Each of the two is for one thread at a time.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ids = Ids()
        self._packer = Packer()

    def store(self, arrivals: Sequence[Arrival], *, now: datetime, step: Step | None = None) -> Stored:
        """Prepare and write one batch; again is the same as once.

        Raises:
            LeaseLost: another worker holds the feed by now. Nothing was stored.
        """
        return self.write(self.prepare(arrivals, now=now), now=now, step=step)

    def prepare(self, arrivals: Sequence[Arrival], *, now: datetime) -> Prepared:
        """Return the rows of a batch. Names that are new get their ids."""
        events = {_key(each.event): (each.event, each.raw, a.origin) for a in arrivals for each in a.records}
        sessions = {_key(session): session for arrival in arrivals for session in arrival.sessions}
        rows = [events[key] for key in sorted(events)]
        issued = [sessions[key] for key in sorted(sessions)]
        ids, ids_of_issued = self._learn([event for event, _, _ in rows], issued)
        packer = self._the_packer([raw for _, raw, _ in rows], now)
        of_events = [event_row(event, its, origin) for its, (event, _, origin) in zip(ids, rows, strict=True)]
        return Prepared(
            arrivals,
            of_events,
            [raw_row(row, packer.pack(raw), origin) for row, (_, raw, origin) in zip(of_events, rows, strict=True)],
            [session_row(session, its, self._ids) for its, session in zip(ids_of_issued, issued, strict=True)],
            _months([event for event, _, _ in rows], issued),
            change_rows(event for event, _, _ in rows if event.targets),
            [made for event, _, _ in rows if event.addendum_of and (made := correction_of(event)) is not None],
            sightings_of(arrival.looks for arrival in arrivals),
            probes_of(arrivals),
        )

    def write(self, batch: Prepared, *, now: datetime, step: Step | None = None) -> Stored:
        """Store a batch and take `step`, in one transaction.

        Raises:
            LeaseLost: another worker holds the feed by now. Nothing was stored.
        """

        def once(attempt: int) -> Stored:
            # At each try: retention may have dropped a month of an old file that has just been made for it.
            self._make_months(batch.months)
            with self._engine.begin() as connection:
                if step is not None:
                    advance(connection, step.feed, step.owner, step.cursor, step.progress, _records(batch.arrivals))
                new_events = counted_before = 0
                if batch.events:
                    # Whose turn deadlocked takes the next one alone: of many that try it together all may fail.
                    begin(connection, alone=attempt > 0 or bool(batch.corrections))
                    new_events, counted_before = store_events(connection, batch.events, batch.raws, now)
                    supersede(connection, batch.corrections, now)
                if batch.changes:
                    store_changes(connection, batch.changes)
                new_sessions = store_sessions(connection, batch.sessions, now) if batch.sessions else 0
                store_tokens(connection, batch.probes.tokens)
                together = sightings_together(stored_together(connection, batch.arrivals, batch.probes))
                store_sightings(connection, merged((*batch.sightings, *together)))
                store_read_files(connection, batch.arrivals, now)
                forget_rejected(connection, batch.arrivals)
                rejected = store_rejected(connection, batch.arrivals, now)
            given_events = sum(len(arrival.records) for arrival in batch.arrivals)
            given_sessions = sum(len(arrival.sessions) for arrival in batch.arrivals)
            return Stored(
                new_events,
                given_events - new_events,
                new_sessions,
                given_sessions - new_sessions,
                rejected,
                counted_before,
            )

        return _repeated(once)

    def _learn(self, events: Sequence[Event], sessions: Sequence[IssuedSession]) -> tuple[list[NameIds], list[NameIds]]:
        """Know the ids of all names, and return those of each event and of each session."""
        every = [*map(names_of, events), *map(names_of_session, sessions)]
        known = list(map(self._ids.known, every))
        wanted = Wanted()
        actors = (*(event.actor for event in events), *(session.caller for session in sessions))
        for names, ids, actor in zip(every, known, actors, strict=True):
            if ids is None:
                wanted.add(names, actor)
        for arn in {session.role_arn for session in sessions if session.role_arn}:
            role = role_actor(arn)
            wanted.principals.setdefault(principal_of(role), role)
        self._ids.learn(self._engine, wanted)
        found = [ids or self._ids.of(names) for ids, names in zip(known, every, strict=True)]
        return found[: len(events)], found[len(events) :]

    def _make_months(self, months: Mapping[Parent, set[date]]) -> None:
        for parent, wanted in months.items():
            with self._engine.begin() as connection:
                ensure_months(connection, parent, wanted)

    def _the_packer(self, arriving: Sequence[bytes], now: datetime) -> Packer:
        """Return the packer of the newest dictionary; the first one is trained when there are enough records."""
        if self._packer.dictionary_id == 0:
            with self._engine.begin() as connection:
                dictionary = current_dictionary(connection, now, arriving)
            # After the commit: what is packed with a dictionary that was never stored nobody can read.
            self._packer = Packer(dictionary)
        return self._packer


def _records(arrivals: Sequence[Arrival]) -> Records:
    """Return how many records came and what became of them; a file that was rejected as a whole has none."""
    return Records(
        sum(arrival.total for arrival in arrivals),
        sum(len(arrival.records) + len(arrival.sessions) for arrival in arrivals),
        sum(rejected.place != WHOLE_FILE for arrival in arrivals for rejected in arrival.rejected),
    )


def _key(found: Event | IssuedSession) -> tuple[int, datetime, str]:
    return found.account, found.event_time, found.event_id


def _months(events: Sequence[Event], sessions: Sequence[IssuedSession]) -> dict[Parent, set[date]]:
    of_events = {day.replace(day=1) for day in {event.event_time.date() for event in events}}
    of_sessions = {day.replace(day=1) for day in {session.event_time.date() for session in sessions}}
    return {"event": of_events, "event_raw": of_events, "issued_session": of_sessions}


_PASSING = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.UniqueViolation,  # another writer was first with an event
    psycopg.errors.CheckViolation,  # no partition for a row: its month was dropped meanwhile
)


def _repeated(write: Callable[[int], Stored]) -> Stored:
    """Run a transaction again when another one was in its way; `write` is told how often that was so."""
    for attempt in range(_ATTEMPTS - 1):
        try:
            return write(attempt)
        except DBAPIError as error:
            if not isinstance(error.orig, _PASSING):
                raise
    return write(_ATTEMPTS - 1)
