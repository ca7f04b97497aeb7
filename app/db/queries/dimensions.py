"""Names to ids: principals, streams, actions, Regions and user agents, found or added.

Dimensions are insert-only and small, so the ids are kept in memory. They are added in a transaction of their own: ids
learned in one that is rolled back would be wrong, and a row that no fact uses yet does no harm.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine

from app.core import arn
from app.core.kvs.actions import ACTIONS
from app.core.model.event import Actor, Event
from app.db.sql import text

LONGEST_BYTES = 1_000
"""A B-tree entry holds 2,700 bytes, and what a caller sends may be longer: see `bounded`."""

ALWAYS_FITS = LONGEST_BYTES // 4
"""So many characters are never more bytes."""
NONE_ID = 0

Principal = tuple[int, str]
"""Account (0: AWS itself or not known) and ARN."""
Stream = tuple[int, str, str, str, str | None]
"""Account, Region, `stream` or `channel`, name, and ARN if the record gave one."""
Action = tuple[str, str]
"""Event source and name."""
Names = tuple[Action, str, Stream | None, Principal, str]
"""Of an event its action, Region, stream, principal and user agent."""
NameIds = tuple[int, int, int, int, int]
"""Their ids."""


def bounded(value: str) -> str:
    """Return `value`, or what fits in an index: its beginning, and a hash so that two long values stay two.

    The raw record keeps the whole.
    """
    if len(value) <= ALWAYS_FITS:
        return value
    data = value.encode("utf-8", "replace")
    if len(data) <= LONGEST_BYTES:
        return value
    mark = f"… sha256:{hashlib.sha256(data).hexdigest()[:32]}"
    return data[: LONGEST_BYTES - len(mark.encode())].decode("utf-8", "ignore") + mark


def bounded_or_none(value: str | None) -> str | None:
    """Return `bounded`, of None None; the short way for the many that fit."""
    return value if value is None or len(value) <= ALWAYS_FITS else bounded(value)


def principal_of(actor: Actor) -> Principal:
    """Return the key of the actor's durable principal."""
    return actor.account or 0, bounded(actor.principal)


def stream_of(event: Event) -> Stream | None:
    """Return the key of the stream or channel that the record named, None when it named none."""
    named = event.stream
    if not named:
        return None
    of_arn = _stream_of_arn(event.account, named) if named.startswith("arn:") else None
    if of_arn is not None:
        return of_arn
    called = ACTIONS.get(event.action)
    kind = "channel" if called is not None and called.on_channel and not called.on_stream else "stream"
    return event.account, bounded(event.region), kind, bounded(named), None


@lru_cache(65_536)
def _stream_of_arn(account: int, named: str) -> Stream | None:
    """Return the key of a stream by its ARN. A camera makes many calls: hence the cache.

    The account is the one that received the record, whatever the ARN says: a caller may send any ARN, and one account's
    rows come from its own records alone.
    """
    found = arn.parsed(named)
    parts = found.resource.split("/") if found is not None and found.service == "kinesisvideo" else []
    if found is not None and len(parts) > 1 and parts[0] in {"stream", "channel"}:
        return account, bounded(found.region), parts[0], bounded(parts[1]), bounded(named)
    return None


def names_of(event: Event) -> Names:
    """Return the keys of all the names of an event."""
    return (
        (bounded(event.source), bounded(event.action)),
        bounded(event.region),
        stream_of(event),
        principal_of(event.actor),
        bounded(event.user_agent or ""),
    )


@dataclass(slots=True)
class Wanted:
    """The names of one batch. Of a principal also who was first seen to be it."""

    principals: dict[Principal, Actor] = field(default_factory=dict)
    streams: set[Stream | None] = field(default_factory=set)
    actions: set[Action] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    user_agents: set[str] = field(default_factory=set)

    def add(self, names: Names, actor: Actor) -> None:
        """Want the ids of an event's names; `actor` is who called."""
        action, region, stream, principal, user_agent = names
        self.actions.add(action)
        self.regions.add(region)
        self.streams.add(stream)
        self.principals.setdefault(principal, actor)
        self.user_agents.add(user_agent)


@dataclass(slots=True)
class Ids:
    """The ids that are known. An empty name has id 0, the row that says "none"."""

    principals: dict[Principal, int] = field(default_factory=dict)
    streams: dict[Stream | None, int] = field(default_factory=lambda: {None: NONE_ID})
    actions: dict[Action, int] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=lambda: {"": NONE_ID})
    user_agents: dict[str, int] = field(default_factory=lambda: {"": NONE_ID})

    def of(self, names: Names) -> NameIds:
        """Return the ids of an event's names, all of which are known."""
        found = self.known(names)
        if found is None:
            raise KeyError(names)
        return found

    def known(self, names: Names) -> NameIds | None:
        """Return the ids of an event's names; None: one of them is not known."""
        action, region, stream, principal, user_agent = names
        try:
            return (
                self.actions[action],
                self.regions[region],
                self.streams[stream],
                self.principals[principal],
                self.user_agents[user_agent],
            )
        except KeyError:
            return None

    def learn(self, engine: Engine, wanted: Wanted) -> None:
        """Look up all of `wanted` that is not known yet, adding rows where there are none."""
        principals = sorted(wanted.principals.keys() - self.principals.keys())
        if principals:
            rows = [(*key, *_kind_and_name(wanted.principals[key])) for key in principals]
            self.principals |= {(account, name): number for number, account, name in _found(engine, _PRINCIPALS, rows)}
        streams = sorted((stream for stream in wanted.streams - self.streams.keys() if stream), key=str)
        if streams:
            self.streams |= {(a, b, c, d, e): number for number, a, b, c, d, e in _found(engine, _STREAMS, streams)}
        actions = sorted(wanted.actions - self.actions.keys())
        if actions:
            self.actions |= {(source, name): number for number, source, name in _found(engine, _ACTIONS, actions)}
        for known, names, statements in (
            (self.regions, wanted.regions, _REGIONS),
            (self.user_agents, wanted.user_agents, _USER_AGENTS),
        ):
            new = sorted(names - known.keys())
            if new:
                known |= {name: number for number, name in _found(engine, statements, [(name,) for name in new])}


def _kind_and_name(actor: Actor) -> tuple[str, str]:
    found = arn.parsed(actor.principal)
    return actor.kind, bounded((found.resource if found is not None else actor.principal).rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class _Statements:
    """How a dimension is looked up and added to: `columns` are the arrays that both take, `key` how many name a row.

    Both return the id and the key of each row.
    """

    columns: tuple[tuple[str, str], ...]
    key: int
    select: str
    insert: str


def _statements(table: str, columns: tuple[tuple[str, str], ...], key: int, same: str) -> _Statements:
    """Return the statements of `table`; `same` says when a row `d` is the one that is wanted, `w`."""
    names = [name for name, _ in columns]
    returned = ", ".join(["id", *names[:key]])
    return _Statements(
        columns,
        key,
        f"select {', '.join(f'd.{name}' for name in ['id', *names[:key]])} from {table} d join wanted w on {same}",
        f"""insert into {table} ({", ".join(names)}) select {", ".join(names)} from wanted w
            where not exists (select 1 from {table} d where {same})
            order by {", ".join(names[:key])} on conflict do nothing returning {returned}""",
    )


_PRINCIPALS = _statements(
    "principal",
    (("account_id", "bigint[]"), ("arn", "text[]"), ("kind", "text[]"), ("name", "text[]")),
    2,
    "d.account_id = w.account_id and d.arn = w.arn",
)
_STREAMS = _statements(
    "stream",
    (("account_id", "bigint[]"), ("region", "text[]"), ("kind", "text[]"), ("name", "text[]"), ("arn", "text[]")),
    5,
    """d.account_id = w.account_id and d.region = w.region and d.kind = w.kind and d.name = w.name
       and d.arn is not distinct from w.arn""",
)
_ACTIONS = _statements(
    "action", (("source", "text[]"), ("name", "text[]")), 2, "d.source = w.source and d.name = w.name"
)
_REGIONS = _statements("region", (("name", "text[]"),), 1, "d.name = w.name")
_USER_AGENTS = _statements("user_agent", (("value", "text[]"),), 1, "d.value = w.value")


def _found(engine: Engine, statements: _Statements, rows: Sequence[tuple[object, ...]]) -> list[tuple[Any, ...]]:
    """Return (id, *key) of each row, after adding those that are missing.

    `where not exists` before `on conflict`: a conflict burns an id, and ids are 32 bits.
    """
    with engine.begin() as connection:
        found = _run(connection, statements, statements.insert, rows)
    added = {row[1:] for row in found}
    others = [row for row in rows if row[: statements.key] not in added]
    if others:
        with engine.connect() as connection:
            # A snapshot of its own: what another writer added in between is seen.
            found += _run(connection, statements, statements.select, others)
    return found


def _run(
    connection: Connection, statements: _Statements, statement: str, rows: Sequence[tuple[object, ...]]
) -> list[tuple[Any, ...]]:
    arrays = {f"c{n}": list(values) for n, values in enumerate(zip(*rows, strict=True))}
    casts = ", ".join(f"cast(:c{n} as {kind})" for n, (_, kind) in enumerate(statements.columns))
    names = ", ".join(name for name, _ in statements.columns)
    wanted = f"with wanted ({names}) as (select * from unnest({casts}))"
    return [tuple(row) for row in connection.execute(text(f"{wanted} {statement}"), arrays).all()]
