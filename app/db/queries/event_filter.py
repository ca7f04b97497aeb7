"""A filter on events as SQL: names become ids of the dimensions first, then one condition on the fact table.

Resolved ids instead of joins: the planner sees constants and takes the index of stream, principal or time.
"""

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.core.address import written
from app.core.coverage.one_stream import asked_about
from app.core.digits import ACCOUNT_DIGITS, number
from app.core.kvs.actions import MEDIA_READ
from app.core.model.event import URL_LIFE_UNTOLD
from app.core.model.footage import FootageKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.stream import ResourceKind, Stream
from app.core.query.filter import NONE, Condition, Filter, Verb
from app.core.query.interval import interval_of
from app.core.query.moment import EARLIEST
from app.core.statement.footage import LONGEST_CALL
from app.core.timeline.outcome import DENIED_CODES
from app.db.engine import look_up
from app.db.queries._file_verdict import NONE_KNOWN, is_of_file
from app.db.queries.dimensions import bounded
from app.db.queries.namesakes import with_namesakes, with_own_names
from app.db.sql import text

URL_EXPIRES_AT = f"event_time + make_interval(secs => nullif(url_expires_s, {URL_LIFE_UNTOLD}))"
# How a name of each dimension is looked up: (column of event, table, columns that may equal the value).
_DIMENSIONS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "action": ("action_id", "action", ("name",)),
    "source": ("action_id", "action", ("source",)),
    "stream": ("stream_id", "stream", ("name", "arn")),
    "principal": ("principal_id", "principal", ("name", "arn")),
    "region": ("region_id", "region", ("name",)),
    "user_agent": ("user_agent_id", "user_agent", ("value",)),
}
_TEXTS: Mapping[str, str] = {
    "person": "person",
    "session": "session_name",
    "address": "address",
    "key": "access_key",
    "key_kind": "key_kind",
    "kind": "actor_kind",
    "footage_kind": "footage",
    "footage_clock": "footage_clock",
    "shared_event_id": "shared_event_id",
    "addendum": "addendum_reason",
    "corrects": "addendum_of",
}
# Columns of times and IDs, and what makes of a value what they hold.
_EXACT: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "time": ("event_time", datetime.fromisoformat),
    "footage_from": ("footage_from", datetime.fromisoformat),
    "footage_to": ("footage_to", datetime.fromisoformat),
    "url_expires_at": (URL_EXPIRES_AT, datetime.fromisoformat),
    "event_id": ("event_id", UUID),
    "superseded_by": ("superseded_by", UUID),
}

LATEST_NAMED = timedelta(days=1)
"""A log file is delivered after its calls; so much is left for clocks that differ."""
FEW_STREAMS = 8
"""A stream and what bears its name alone are two."""


@dataclass(slots=True)
class Where:
    """Conditions to be joined by `and`, with the parameters that they name.

    `prefix` keeps the parameters of several conditions in one statement apart. `streams` is the parameter of the few
    streams that are asked for, "" where that is one, none or many. `scope` is what the query is kept inside of, `since`
    when the range of calls begins.
    """

    prefix: str = ""
    conditions: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    streams: str = ""
    scope: Scope = EVERYTHING
    since: datetime = EARLIEST

    @property
    def sql(self) -> str:
        """The whole condition."""
        return " and ".join(self.conditions) or "true"

    def name(self, value: object) -> str:
        """Return a new parameter, as SQL writes it, that holds `value`."""
        key = f"{self.prefix}p{len(self.params)}"
        self.params[key] = value
        return f":{key}"

    def among(self, column: str, values: Sequence[object]) -> str:
        """Return the condition that `column` is one of `values`.

        One value is asked for by "=": the planner then knows that an index which begins with the column is sorted by
        what follows it, and reads the first rows of a list instead of all.
        """
        return (
            f"{column} = {self.name(values[0])}" if len(values) == 1 else f"{column} = any({self.name(list(values))})"
        )

    def add(self, condition: str) -> None:
        """Ask for one condition more."""
        self.conditions.append(condition)


def in_scope(where: Where, scope: Scope) -> None:
    """Keep a query inside of what the user may see."""
    where.scope = scope
    if scope.accounts is not None:
        where.add(where.among("account_id", sorted(scope.accounts)))


def event_where(connection: Connection, scope: Scope, query: Filter, *, prefix: str = "") -> Where:
    """Return the condition on `event` that `query` means, time range and scope included."""
    where = Where(prefix, since=query.since.at)
    in_scope(where, scope)
    where.add(f"event_time >= {where.name(query.since.at)} and event_time < {where.name(query.until.at)}")
    add_conditions(connection, where, query.conditions)
    return where


def counted_where(connection: Connection, scope: Scope, query: Filter, *, prefix: str = "") -> Where:
    """Return the same without records that another one corrects: lists show both, counts hold one."""
    where = event_where(connection, scope, query, prefix=prefix)
    where.add("superseded_by is null")
    return where


def places_of_streams(connection: Connection, scope: Scope, query: Filter) -> frozenset[tuple[int, str, ResourceKind]]:
    """Return account, Region and kind of each stream that `query` names; none when it names none, or none is known."""
    where = _named(connection, scope, query)
    if where is None:
        return frozenset()
    sql = f"select distinct account_id, region, kind from stream where {where.sql}"
    rows = connection.execute(text(sql), where.params)
    return frozenset((row.account_id, row.region, ResourceKind(row.kind)) for row in rows)


def named_streams(connection: Connection, scope: Scope, query: Filter) -> Mapping[int, tuple[Stream, ...]]:
    """Return by account the streams and channels that `query` names and whose ARN is known."""
    where = _named(connection, scope, query)
    if where is None:
        return {}
    sql = f"select account_id, region, kind, name, arn from stream where {where.sql} and arn is not null order by id"
    found: dict[int, list[Stream]] = {}
    for row in connection.execute(text(sql), where.params):
        found.setdefault(row.account_id, []).append(asked_about(row.arn, row.name, row.region, ResourceKind(row.kind)))
    return {account: tuple(streams) for account, streams in found.items()}


def _named(connection: Connection, scope: Scope, query: Filter) -> Where | None:
    """Return what streams that `query` names fulfil, None when it names none."""
    named = [c for c in query.of("stream") if c.verb is not Verb.IS_NOT and NONE not in c.values]
    if not named:
        return None
    where = Where()
    in_scope(where, scope)
    for condition in named:
        where.add(where.among("id", _ids(connection, scope, "stream", _DIMENSIONS["stream"][2], condition)))
    return where


def add_conditions(connection: Connection, where: Where, conditions: Iterable[Condition]) -> None:
    """Ask for what each of `conditions` means in columns of `event`."""
    for condition in conditions:
        where.add(_condition(connection, where, condition))


def _condition(connection: Connection, where: Where, condition: Condition) -> str:
    if condition.field in _DIMENSIONS:
        return _of_dimension(connection, where, condition)
    if condition.field in _TEXTS:
        return _of_text(where, condition, _TEXTS[condition.field])
    if condition.field in _EXACT:
        return _of_exact(where, condition, *_EXACT[condition.field])
    return _SPECIAL[condition.field](connection, where, condition)


def _of_dimension(connection: Connection, where: Where, condition: Condition) -> str:
    column, table, names = _DIMENSIONS[condition.field]
    ids = _ids(connection, where.scope, table, names, condition)
    if NONE in condition.values:
        ids.append(0)
    if condition.verb is Verb.IS_NOT:
        return f"{column} <> all({where.name(ids)})"
    same = where.among(column, ids)
    if condition.field == "stream" and 0 not in ids:
        where.streams = where.name(ids) if 1 < len(ids) <= FEW_STREAMS else ""
        # A stream's calls are those of its account: with it the index finds them, on the one node that has them.
        return f"{where.among('account_id', _accounts_of(connection, ids))} and {same}"
    return same


def _accounts_of(connection: Connection, streams: list[int]) -> list[int]:
    return look_up(connection, "select distinct account_id from stream where id = any(:ids) order by 1", ids=streams)


def _ids(connection: Connection, scope: Scope, table: str, columns: tuple[str, ...], condition: Condition) -> list[int]:
    if condition.verb is Verb.CONTAINS:
        found, values = "ilike any(:values)", [f"%{escaped(value)}%" for value in condition.values]
    else:
        found, values = "= any(:values)", [bounded(value) for value in condition.values]
    matches = " or ".join(f"{column} {found}" for column in columns)
    sql = f"select id from {table} where ({matches}) and id <> 0"
    if table == "stream":
        # A page shows its condition as SQL: what others have there under that name is not to be read from it.
        sql += _within(scope)
        sql = with_own_names(sql) if condition.verb is Verb.IS_NOT else with_namesakes(sql)
    return look_up(connection, f"{sql} order by id", values=values)


def escaped(value: str) -> str:
    """Return text for LIKE that stands for itself."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _of_text(where: Where, condition: Condition, column: str) -> str:
    values = [value for value in condition.values if value != NONE]
    networks = [value for value in values if column == "address" and _is_network(value)]
    plain = [value for value in values if value not in networks]
    if column == "address" and condition.verb is not Verb.CONTAINS:
        # People write an address in many ways.
        plain = sorted({*plain, *map(written, plain)})
    parts = []
    if condition.verb is Verb.CONTAINS:
        parts.append(f"{column} ilike any({where.name([f'%{escaped(value)}%' for value in plain])})")
    elif plain:
        parts.append(where.among(column, plain))
    if networks and condition.verb is not Verb.CONTAINS:
        parts.append(f"ip <<= any(cast({where.name(networks)} as inet[]))")
    if NONE in condition.values:
        parts.append(f"{column} is null")
    joined = " or ".join(parts)
    # An unknown person is not the person asked about: null is kept by "is not".
    return f"({joined}) is not true" if condition.verb is Verb.IS_NOT else f"({joined})"


def _of_exact(where: Where, condition: Condition, column: str, read: Callable[[str], object]) -> str:
    values = [read(value) for value in condition.values if value != NONE]
    parts = [where.among(column, values)] if values else []
    if NONE in condition.values:
        parts.append(f"{column} is null")
    joined = " or ".join(parts)
    return f"({joined}) is not true" if condition.verb is Verb.IS_NOT else f"({joined})"


def _is_network(value: str) -> bool:
    if "/" not in value:
        return False
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def _of_account(connection: Connection, where: Where, condition: Condition) -> str:
    given = [account for value in condition.values if (account := number(value, ACCOUNT_DIGITS)) is not None]
    named = _accounts(connection, where.scope, condition)
    if condition.verb is Verb.IS_NOT:
        return f"account_id <> all({where.name(given + named)})"
    return where.among("account_id", given + named)


def _accounts(connection: Connection, scope: Scope, condition: Condition) -> list[int]:
    if condition.verb is Verb.CONTAINS:
        sql = "name ilike any(:values) or lpad(cast(account_id as text), 12, '0') like any(:values)"
        values = [f"%{escaped(value)}%" for value in condition.values]
    else:
        sql, values = "name = any(:values)", list(condition.values)
    return look_up(connection, f"select account_id from account where ({sql}){_within(scope)}", values=values)


def _within(scope: Scope) -> str:
    if scope.accounts is None:
        return ""
    return f" and account_id = any(cast('{{{', '.join(map(str, sorted(scope.accounts)))}}}' as bigint[]))"


def _of_outcome(_connection: Connection, where: Where, condition: Condition) -> str:
    parts = []
    for value in condition.values:
        if value == "ok":
            parts.append("error_code is null")
        elif value == "error":
            parts.append("error_code is not null")
        elif value == "denied":
            parts.append(f"error_code = any({where.name(list(DENIED_CODES))})")
        else:
            parts.append(f"error_code = {where.name(value)}")
    joined = " or ".join(parts)
    return f"({joined}) is not true" if condition.verb is Verb.IS_NOT else f"({joined})"


def _of_own(_connection: Connection, _where: Where, condition: Condition) -> str:
    wanted = {value == "yes" for value in condition.values}
    if condition.verb is Verb.IS_NOT:
        wanted = {True, False} - wanted
    match sorted(wanted):
        case []:
            return "false"
        case [False]:
            return "not is_own"
        case [True]:
            return "is_own"
        case _:
            return "true"


def _of_footage(_connection: Connection, where: Where, condition: Condition) -> str:
    """Return what calls fulfil of which `core.statement.footage.asked_for` says yes, refused ones too."""
    start, end = map(where.name, interval_of(condition.values[0]))
    return f"footage_from < {end} and (footage_to > {start} or (footage_to is null and footage_from >= {start}))"


def _of_integrity(_connection: Connection, where: Where, condition: Condition) -> str:
    """Return what calls fulfil whose log file has a verdict: "broken", or in full "unverified (no digest …)"."""
    is_part = condition.verb is Verb.CONTAINS
    if is_part:
        told = f"file.verdict ilike any({where.name([f'%{escaped(value)}%' for value in condition.values])})"
    else:
        values = where.name(list(condition.values))
        told = f"(file.verdict = any({values}) or split_part(file.verdict, ' ', 1) = any({values}))"
    since = where.name(where.since - LATEST_NAMED)
    joined = is_of_file(told, since)
    of_none = {NONE_KNOWN, NONE_KNOWN.split()[0]}
    if any(value.lower() in NONE_KNOWN.lower() if is_part else value in of_none for value in condition.values):
        # An event may name a file that its account knows nothing of.
        joined = f"({joined} or log_file is null or not {is_of_file('true', since)})"
    # Of "not exists" the planner expects that most calls fulfil it, and would look up call by call to fill a list.
    return f"({joined}) is not true" if condition.verb is Verb.IS_NOT else joined


def _of_maybe(connection: Connection, where: Where, condition: Condition) -> str:
    """Return what calls fulfil that read media and of which `asked_for` says maybe: their records do not tell."""
    start = interval_of(condition.values[0])[0]
    reads = look_up(connection, "select id from action where name = any(:names) order by id", names=sorted(MEDIA_READ))
    # Live video was filmed while the call lasted, and one that was refused did not last.
    lasted = f"error_code is null and footage_from >= {where.name(start - LONGEST_CALL)}"
    live = f"footage is distinct from {where.name(FootageKind.LIVE.value)} or ({lasted})"
    open_ = f"footage_to is null and footage_from < {where.name(start)} and ({live})"
    return f"{where.among('action_id', reads)} and (footage_from is null or ({open_}))"


_SPECIAL: Mapping[str, Callable[[Connection, Where, Condition], str]] = {
    "account": _of_account,
    "footage": _of_footage,
    "footage_maybe": _of_maybe,
    "integrity": _of_integrity,
    "outcome": _of_outcome,
    "own": _of_own,
}
