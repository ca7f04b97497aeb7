"""Events as pages and exports read them. Every statement names a time range; pages go on by key, never by offset."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.core.formula import FORMULA
from app.core.model.footage import Footage
from app.core.model.scope import Scope
from app.core.query.cursor import EventKey, EventReference, decoded, encoded
from app.core.query.filter import Filter, Verb
from app.core.tally import Tally
from app.core.zone import zoned
from app.db.queries import integrity
from app.db.queries._copy import copied_out
from app.db.queries._footage import footage
from app.db.queries.activity import accounts_called
from app.db.queries.event_filter import URL_EXPIRES_AT, Where, event_where, in_scope
from app.db.queries.named import Ids, Named, named
from app.db.queries.namesakes import alike
from app.db.sql import text

_ROW = """e.account_id, e.event_time, e.event_id, e.action_id, e.region_id, e.stream_id, e.principal_id,
  e.user_agent_id, e.actor_kind, e.session_name, e.person, e.address, e.access_key, e.key_kind, e.error_code, e.is_own,
  e.is_read_only, e.is_data_event, e.api_name, e.url_expires_s, e.footage_from, e.footage_to, e.footage,
  e.footage_clock, e.vpc_endpoint_id, e.invoked_by, e.shared_event_id, e.request_id, e.addendum_of, e.addendum_reason,
  e.superseded_by"""
MANY = 1_000
"""Counts beside an event stop here: "1,000 or more"."""
RARE = 5_000
"""Calls of a principal that are read and sorted sooner than the newest are found among those of all others."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event with the names of its dimensions. None: the record did not tell.

    `stream_id` is that of the page of the stream, also where the record had its name alone.
    """

    key: EventKey
    account_name: str | None
    source: str
    action: str
    region: str
    stream_kind: str | None
    stream: str | None
    stream_arn: str | None
    principal_arn: str | None
    principal: str | None
    actor_kind: str
    session_name: str | None
    person: str | None
    address: str | None
    access_key: str | None
    key_kind: str
    user_agent: str | None
    error_code: str | None
    is_own: bool
    is_read_only: bool | None
    is_data_event: bool | None
    api_name: str | None
    url_expires_s: int | None
    footage: Footage | None
    vpc_endpoint_id: str | None
    invoked_by: str | None
    shared_event_id: str | None
    request_id: str | None
    addendum_of: str | None
    addendum_reason: str | None
    superseded_by: UUID | None
    stream_id: int | None
    principal_id: int | None
    principal_account: int | None


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page of the list, in its order, with the cursors of the pages before and after it (None: there is none).

    `outside` are the calls just before its first row and just after its last one.
    """

    rows: tuple[EventRow, ...]
    before: str | None
    after: str | None
    outside: tuple[EventKey | None, EventKey | None]


def event_page(connection: Connection, scope: Scope, query: Filter, *, total: int | None = None) -> EventPage:
    """Return the page of events that `query` asks for: newest first, or oldest first with `sort=time`.

    A cursor that is not one of ours gives the first page (`is_cursor` tells). `total`: about how many calls there are,
    where that is known: it decides how they are read, never which.
    """
    where = event_where(connection, scope, query)
    is_rare = total is not None and total <= RARE and any(c.verb is not Verb.IS_NOT for c in query.of("principal"))
    key = decoded(query.cursor) if query.cursor else None
    # Backwards is the same walk in the other direction, turned around at the end.
    is_back = query.is_back and key is not None
    is_descending = (query.sort == "-time") != is_back
    if key is not None:
        place = f"({where.name(key.event_time)}, {where.name(key.event_id)}, {where.name(key.account)})"
        where.add(f"(event_time, event_id, account_id) {'<' if is_descending else '>'} {place}")
    rows = _rows(connection, where, is_descending=is_descending, limit=query.limit + 1, is_rare=is_rare)
    has_more = len(rows) > query.limit
    shown = rows[: query.limit]
    behind = rows[-1].key if has_more else None
    if is_back:
        shown.reverse()
    return EventPage(
        rows=tuple(shown),
        before=encoded(shown[0].key) if shown and key is not None and (has_more or not is_back) else None,
        after=encoded(shown[-1].key) if shown and (has_more or is_back) else None,
        outside=(behind, key) if is_back else (key, behind),
    )


def _rows(
    connection: Connection, where: Where, *, is_descending: bool, limit: int, is_rare: bool = False
) -> list[EventRow]:
    order = "desc" if is_descending else "asc"
    by = f"event_time {order}, event_id {order}, account_id {order}"
    found = f"select * from event where {where.sql} order by {by} limit {limit:d}"
    if is_rare:
        # The planner expects as many of each and would walk the whole range for the few that there are.
        found = f"""select * from (with rare as materialized (select * from event where {where.sql})
                    select * from rare order by {by} limit {limit:d}) rare"""
    elif where.streams:
        # The index has the calls of each in their order, and of several none: all of them would be read and sorted.
        each = f"select * from event where {where.sql} and stream_id = one.id order by {by} limit {limit:d}"
        found = f"""select each.* from unnest(cast({where.streams} as integer[])) one (id)
                    cross join lateral ({each}) each order by {by} limit {limit:d}"""
    sql = f"""select {_ROW} from ({found}) e
              order by e.event_time {order}, e.event_id {order}, e.account_id {order}"""
    rows = connection.execute(text(sql), where.params).all()
    names = named(connection, _ids(rows)) if rows else Named()
    return [_event(row, names) for row in rows]


def _ids(rows: Iterable[Row[Any]]) -> Ids:
    of_rows = (
        (row.account_id, row.action_id, row.region_id, row.stream_id, row.principal_id, row.user_agent_id)
        for row in rows
    )
    return Ids(*map(set, zip(*of_rows, strict=True)))


def _event(row: Row[Any], names: Named) -> EventRow:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    key = EventKey(values.pop("event_time"), values.pop("event_id"), values.pop("account_id"))
    asked = (values.pop(name) for name in ("footage", "footage_from", "footage_to", "footage_clock"))
    source, action = names.actions[values.pop("action_id")]
    stream = names.streams.get(values.pop("stream_id"))
    principal = names.principals.get(values.pop("principal_id"))
    return EventRow(
        key=key,
        account_name=names.accounts.get(key.account),
        source=source,
        action=action,
        region=names.regions[values.pop("region_id")],
        stream_kind=stream.kind if stream else None,
        stream=stream.name if stream else None,
        stream_arn=stream.arn if stream else None,
        stream_id=stream.own if stream else None,
        principal_arn=principal.arn if principal else None,
        principal=principal.name if principal else None,
        principal_id=row.principal_id if principal else None,
        principal_account=principal.account if principal else None,
        user_agent=names.user_agents.get(values.pop("user_agent_id")),
        footage=footage(*asked),
        **values,
    )


def earliest_stored(connection: Connection, scope: Scope, key: EventKey) -> datetime | None:
    """Return before when nothing was stored of the stream of a call, by the retention that it has now.

    None: the call named no stream, or no listing tells how long it keeps what it gets.
    """
    where = Where()
    in_scope(where, scope)
    where.add(f"account_id = {where.name(key.account)} and event_time = {where.name(key.event_time)}")
    where.add(f"event_id = {where.name(key.event_id)}")
    sql = f"""select e.event_time - make_interval(hours => t.retention_hours)
              from (select account_id, event_time, stream_id from event where {where.sql}) e
              join stream named on named.id = e.stream_id and named.account_id = e.account_id
              join stream s on s.account_id = e.account_id and s.region = named.region and s.name = named.name
                and s.kind = 'stream' and (s.id = named.id or named.arn is null)
              join stream_state t on t.account_id = e.account_id and t.stream_id = s.id
              where t.removed_at is null and t.retention_hours is not null limit 1"""
    found: datetime | None = connection.execute(text(sql), where.params).scalar_one_or_none()
    return found


def is_cursor(text_: str) -> bool:
    """Return whether `after=` or `before=` holds a cursor that we made."""
    return decoded(text_) is not None


def has_events(connection: Connection, scope: Scope) -> bool:
    """Return whether a call was ever stored: an empty list of a full store is another answer."""
    where = Where()
    in_scope(where, scope)
    sql = f"select exists (select 1 from roll_hour where {where.sql})"
    return bool(connection.execute(text(sql), where.params).scalar_one())


def accounts_with_calls(
    connection: Connection, scope: Scope, query: Filter, accounts: Collection[int]
) -> frozenset[int]:
    """Return those of `accounts` of which a call is stored that `query` means."""
    if not accounts:
        return frozenset()
    where = event_where(connection, scope, query)
    sql = f"""select account from unnest(cast({where.name(sorted(accounts))} as bigint[])) account
              where exists (select from event where account_id = account and {where.sql})"""
    return frozenset(connection.execute(text(sql), where.params).scalars())


def newest_day_before(connection: Connection, scope: Scope, at: datetime) -> date | None:
    """Return the newest day before that of `at` of which a call is stored; None: there is none."""
    where = Where()
    in_scope(where, scope)
    where.add(f"day < {where.name(at.date())}")
    day: date | None = connection.execute(
        text(f"select max(day) from roll_hour where {where.sql}"), where.params
    ).scalar_one()
    return day


def find_event(connection: Connection, scope: Scope, wanted: EventReference, query: Filter) -> EventRow | None:
    """Return the event that `event=` names, or None when `scope` holds none such.

    A bare event id is looked for within the time range of `query`.
    """
    where = Where()
    in_scope(where, scope)
    where.add(f"event_id = {where.name(wanted.event_id)}")
    if wanted.key:
        where.add(f"account_id = {where.name(wanted.key.account)} and event_time = {where.name(wanted.key.event_time)}")
    else:
        where.add(f"event_time >= {where.name(query.since.at)} and event_time < {where.name(query.until.at)}")
    found = _rows(connection, where, is_descending=True, limit=1)
    return found[0] if found else None


def newest_of_key(connection: Connection, scope: Scope, account: int, key: str, until: datetime) -> EventRow | None:
    """Return the newest call that an access key made in an account before `until`; None when there is none."""
    where = Where()
    in_scope(where, scope)
    where.add(f"account_id = {where.name(account)} and access_key = {where.name(key)}")
    where.add(f"event_time < {where.name(until)}")
    found = _rows(connection, where, is_descending=True, limit=1)
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Around:
    """How many calls stand around one event, each count at most `MANY`. None: the record gives nothing to go by."""

    same_session: int | None
    same_key: int | None
    same_address: int | None
    same_stream: int | None


def around(connection: Connection, scope: Scope, event: EventRow) -> Around:
    """Return how many other calls share the event's session and key (12 hours either way), address, stream (one hour).

    A session is a role with the name that its keys were issued under: it goes on with its next key. A key and an
    address are the same in all accounts of `scope`; of all else the calls in the event's own account are counted.
    """
    return Around(
        same_session=_count_of_session(connection, scope, event) if event.session_name else None,
        same_key=_count_of_key(connection, scope, event) if event.access_key else None,
        same_address=_count_of_address(connection, scope, event) if event.address else None,
        same_stream=_count_on_stream(connection, scope, event) if event.stream else None,
    )


def _count_of_key(connection: Connection, scope: Scope, event: EventRow) -> int:
    at, reach = event.key.event_time, timedelta(hours=12)
    # The index of keys begins with the account: without one every call of these hours would be read.
    key, since, until = event.access_key or "", at - reach, at + reach + timedelta(seconds=1)
    accounts = accounts_called(connection, scope, "access_key", key, since, until)
    where = _near(scope, event, reach, is_of_account=False)
    where.add(where.among("account_id", sorted(accounts)))
    where.add(f"access_key = {where.name(event.access_key)}")
    return _bounded_count(connection, where)


def _count_of_address(connection: Connection, scope: Scope, event: EventRow) -> int:
    where = _near(scope, event, timedelta(hours=1), is_of_account=False)
    where.add(f"address = {where.name(event.address)}")
    return _bounded_count(connection, where)


def _count_of_session(connection: Connection, scope: Scope, event: EventRow) -> int:
    where = _near(scope, event, timedelta(hours=12))
    where.add(_same(where, event, "principal_id"))
    where.add(f"session_name = {where.name(event.session_name)}")
    return _bounded_count(connection, where)


def _count_on_stream(connection: Connection, scope: Scope, event: EventRow) -> int:
    where = _near(scope, event, timedelta(hours=1))
    where.add(f"stream_id = any(array({alike(_own(where, event, 'stream_id'))}))")
    return _bounded_count(connection, where)


def _same(where: Where, event: EventRow, column: str) -> str:
    """Return the condition that a dimension is that of the event, whose row has its name alone."""
    return f"{column} = {_own(where, event, column)}"


def _own(where: Where, event: EventRow, column: str) -> str:
    own = f"account_id = {where.name(event.key.account)} and event_time = {where.name(event.key.event_time)}"
    return f"(select {column} from event where {own} and event_id = {where.name(event.key.event_id)})"


def _near(scope: Scope, event: EventRow, reach: timedelta, *, is_of_account: bool = True) -> Where:
    where = Where()
    in_scope(where, scope)
    at = event.key.event_time
    if is_of_account:
        where.add(f"account_id = {where.name(event.key.account)}")
    where.add(f"event_time between {where.name(at - reach)} and {where.name(at + reach)}")
    where.add(f"event_id <> {where.name(event.key.event_id)} and superseded_by is null")
    return where


def _bounded_count(connection: Connection, where: Where) -> int:
    sql = f"select count(*) from (select 1 from event where {where.sql} limit {MANY}) few"
    return int(connection.execute(text(sql), where.params).scalar_one())


# ---------------------------------------------------------------- exports
def _iso(time: str) -> str:
    return f"""to_char(({time}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24\\:MI\\:SS.US"Z"')"""


Told = Callable[[str], str]
"""From the SQL of a text that a caller may have chosen to that of its cell."""
_OURS = {
    "time": _iso("e.event_time"),
    "account": "place.account",
    "region": "place.region",
    "action": "place.action",
    "source": "place.source",
    "principal": "caller.arn",
    "kind": "e.actor_kind",
    "stream": "target.name",
    "key_kind": "e.key_kind",
    "user_agent": "agent.value",
    "own": "case when e.is_own then 'yes' else 'no' end",
    "event_id": "cast(e.event_id as text)",
    # What is not resolved says why instead of an interval; a call that asks for no video has none of these.
    "footage": "e.footage",
    "footage_from": _iso("e.footage_from"),
    "footage_to": _iso("e.footage_to"),
    "footage_clock": "e.footage_clock",
    "url_expires_at": _iso(URL_EXPIRES_AT),
    "superseded_by": "cast(e.superseded_by as text)",
    "integrity": integrity.TEXT,
}
"""Columns whose text we make, or that is told where it is looked up."""
_GIVEN = {
    "outcome": "coalesce(e.error_code, 'ok')",
    "person": "e.person",
    "session": "e.session_name",
    "address": "e.address",
    "key": "e.access_key",
    "addendum": "e.addendum_reason",
    "corrects": "e.addendum_of",
    "shared_event_id": "e.shared_event_id",
}
"""Columns whose text may be of the caller's choice, or of whoever wrote an imported file."""


def _told(columns: Sequence[str], told: Told, named: Sequence[str] = ()) -> tuple[str, str]:
    """Return the SQL of the cells of `columns`, called that or `named`, and of the joins from events `e` they need.

    `offset 0` keeps each join a query of its own, whose answers Postgres remembers (Memoize): a name is found and told
    once, not once a call.
    """
    known = _OURS | {name: told(sql) for name, sql in _GIVEN.items()}
    cells = ", ".join(f"{known[name]} as {called}" for name, called in zip(columns, named or columns, strict=True))
    asked = {name: sql for name, sql in _looked_up(told).items() if f"{name}." in cells}
    return cells, "\n".join(f"left join lateral ({sql} offset 0) {name} on true" for name, sql in asked.items())


def _looked_up(told: Told) -> Mapping[str, str]:
    """Return by name what finds the texts of an event `e` in other tables."""
    return {
        "place": f"""select lpad(cast(e.account_id as text), 12, '0') as account, {told("r.name")} as region,
                       {told("a.name")} as action, {told("a.source")} as source
                     from (select) one left join action a on a.id = e.action_id left join region r on r.id = e.region_id
                  """,
        "target": f"select {told('coalesce(s.arn, s.name)')} as name from stream s where s.id = nullif(e.stream_id, 0)",
        "caller": f"select {told('p.arn')} as arn from principal p where p.id = nullif(e.principal_id, 0)",
        "agent": f"select {told('u.value')} as value from user_agent u where u.id = nullif(e.user_agent_id, 0)",
        "file": integrity.OF_FILE,
    }


def _as_it_is(cell: str) -> str:
    return cell


_FORMULA = ", ".join(str(ord(mark)) for mark in FORMULA)
"""The same characters as `ascii` gives them, which tells the code point of any character in UTF-8."""


def _neutral(cell: str) -> str:
    return f"case when ascii({cell}) in ({_FORMULA}) then '''' || {cell} else {cell} end"


_LF, _CRLF = b"\n", b"\r\n"
_CHUNK = 1 << 17


def shown_texts(connection: Connection, scope: Scope, query: Filter, rows: Sequence[EventRow]) -> list[dict[str, Any]]:
    """Return what files say of `rows`, a page of the list: the columns of `query` by name, None where it is empty."""
    if not rows or not query.columns:
        return []
    keys = [row.key for row in rows]
    where = Where()
    in_scope(where, scope)
    times = [key.event_time for key in keys]
    where.add(f"event_time between {where.name(min(times))} and {where.name(max(times))}")
    where.add(f"event_id = any({where.name([key.event_id for key in keys])})")
    cells, joins = _told(query.columns, _as_it_is)
    sql = f"""select e.event_time as key_time, e.event_id as key_id, e.account_id as key_account, {cells}
              from (select * from event where {where.sql}) e {joins}"""
    found = connection.execute(text(sql), where.params).mappings()
    texts = {EventKey(row["key_time"], row["key_id"], row["key_account"]): dict(row) for row in found}
    return [texts[key] for key in keys]


def copy_csv(connection: Connection, scope: Scope, query: Filter, tally: Tally) -> Iterator[bytes]:
    """Yield the events of `query` as CSV (UTF-8, header first) in chunks of about 128 kB, counted into `tally`.

    It is that of RFC 4180. Its header names the zone of times. A cell that a spreadsheet would take for a formula gets
    an apostrophe in front.
    """
    columns = query.columns or query.listing.columns
    cells, joins = _told(columns, _neutral, zoned(columns))
    tally.rows -= 1  # the head
    yield from _copied(connection, scope, query, cells, joins, "format csv, header", tally, _CRLF)


def copy_jsonl(connection: Connection, scope: Scope, query: Filter, tally: Tally) -> Iterator[bytes]:
    """Yield the events of `query` as JSON Lines, each value as the record had it, counted into `tally`."""
    pairs, joins = _told(query.columns or query.listing.columns, _as_it_is)
    # JSON holds no control characters, so these two never occur in it and nothing is quoted.
    form = "format csv, quote e'\\x01', delimiter e'\\x02'"
    cell = f"row_to_json((select one from (select {pairs}) one))"
    yield from _copied(connection, scope, query, cell, joins, form, tally)


def _copied(
    connection: Connection,
    scope: Scope,
    query: Filter,
    cells: str,
    joins: str,
    form: str,
    tally: Tally,
    end: bytes = _LF,
) -> Iterator[bytes]:
    where = event_where(connection, scope, query)
    sql = f"copy ({in_order(connection, query, where, cells, joins)}) to stdout ({form})"
    compiled = text(sql).compile(connection)
    # Closed by name: a generator in a `for` that is left lives on until nobody refers to it.
    with closing(copied_out(connection, str(compiled).encode(), where.params)) as blocks:
        yield from in_chunks(blocks, tally, end)


def in_order(connection: Connection, query: Filter, where: Where, cells: str, joins: str) -> str:
    """Return the select of `cells` of the events of `where` (as `e`) with their `joins`, in the order of the query.

    The transaction joins by nested loops from here on: they keep the order of the events, so that the first row goes
    out at once and nothing is sorted.
    """
    order = "desc" if query.sort == "-time" else "asc"
    connection.execute(text("set local enable_hashjoin = off"))
    connection.execute(text("set local enable_mergejoin = off"))
    return f"""select {cells}
               from (select * from event where {where.sql}
                     order by event_time {order}, event_id {order}, account_id {order}) e {joins}
               order by e.event_time {order}, e.event_id {order}, e.account_id {order}"""


def in_chunks(blocks: Iterable[bytes], tally: Tally, end: bytes = _LF) -> Iterator[bytes]:
    """Yield few large chunks for many small ones: a chunk costs a switch of threads in the web server.

    A block is a row, and ends with a line feed, as COPY gives it; `end` takes its place.
    """
    held, size = [], 0
    for block in blocks:
        held.append(block)
        size += len(block)
        if size >= _CHUNK:
            tally.rows += len(held)
            yield _joined(held, end)
            held, size = [], 0
    tally.rows += len(held)
    if held:
        yield _joined(held, end)


def _joined(rows: list[bytes], end: bytes) -> bytes:
    return b"".join(rows) if end == _LF else end.join([row[: -len(_LF)] for row in rows]) + end
