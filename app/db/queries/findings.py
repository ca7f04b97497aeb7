"""Findings as pages and exports read them: lists, one finding, its history, counts, and what could not be told."""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import Connection

from app.core.model.finding import Finding, FindingState, Severity
from app.core.model.scope import Scope
from app.core.query.filter import Condition, Filter, Verb
from app.core.rules.catalogue import coded
from app.db.queries.evaluation import COLUMNS, finding_of
from app.db.queries.event_filter import Where, escaped, in_scope
from app.db.sql import text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 10_000
UNTOLD_FIELDS = frozenset({"account", "rule", "region", "subject"})
"""The fields of a filter that what could not be told has too."""
_MOST_BIGINT = 2**63 - 1
_ORDERS: Mapping[str, tuple[str, ...]] = {
    "severity": ("rank", "last", "account", "id"),
    "-last_seen": ("last", "rank", "account", "id"),
    "-first_seen": ("first", "rank", "account", "id"),
}
_TERMS: Mapping[str, str] = {
    "rank": "array_position(array['critical', 'high', 'medium', 'low', 'info'], severity)",
    "last": "-(extract(epoch from last_seen_at) * 1000000)::bigint",
    "first": "-(extract(epoch from first_seen_at) * 1000000)::bigint",
    "account": "account_id",
    "id": "id",
}
"""What a list is ordered by, all of it ascending, so that one comparison of rows pages through it."""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A stored finding with its id and the name of its account (None: the account is not watched any more)."""

    id: str
    finding: Finding
    account_name: str | None
    rule_version: str


@dataclass(frozen=True, slots=True)
class FindingPage:
    """One page of a list; the cursors are opaque, None at the ends."""

    rows: tuple[FindingRow, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class FindingChange:
    """One step in a finding's life. `by` is a user or the rule."""

    changed_at: datetime
    from_state: FindingState | None
    to_state: FindingState
    by: str
    note: str | None


@dataclass(frozen=True, slots=True)
class FindingCount:
    """How many findings of one rule and severity are in a state, in all accounts asked for."""

    rule: str
    severity: Severity
    state: FindingState
    n: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class RuleRun:
    """How a rule ended in all accounts asked for: `checked` None where it does not count, `errors` by account."""

    rule: str
    accounts: int
    violations: int
    checked: int | None
    cannot_tell: int
    last_at: datetime
    errors: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Untold:
    """Something about which a rule had no answer, and why. `subject` "": the whole account or Region."""

    account: int
    rule: str
    region: str
    subject: str
    reason: str
    evaluated_at: datetime


def findings(connection: Connection, scope: Scope, query: Filter) -> FindingPage:
    """Return one page of the findings that `query` means, in its order."""
    order = _order(query)
    where = finding_where(scope, query)
    key = _decoded(query.cursor)
    if key is not None:
        marks = ", ".join(where.name(value) for value in key)
        where.add(f"({', '.join(_TERMS[term] for term in order)}) {'<' if query.is_back else '>'} ({marks})")
    tail = f"order by {_sorted_by(order, is_back=query.is_back)} limit {query.limit + 1:d}"
    found = list(_rows(connection, where, tail))
    rows = found[: query.limit]
    has_more = len(found) > len(rows)
    if query.is_back:
        rows.reverse()
    has_before, has_after = (has_more, True) if query.is_back else (key is not None, has_more)
    return FindingPage(
        tuple(rows),
        before=_cursor(order, rows[0]) if rows and has_before else None,
        after=_cursor(order, rows[-1]) if rows and has_after else None,
    )


def all_findings(connection: Connection, scope: Scope, query: Filter) -> Iterator[FindingRow]:
    """Yield every finding that `query` means, in its order, whatever its page: for exports."""
    where = finding_where(scope, query)
    return _rows(connection, where, f"order by {_sorted_by(_order(query))}")


def finding(connection: Connection, scope: Scope, finding_id: str) -> FindingRow | None:
    """Return one finding, or None when `scope` has none of that id."""
    where = Where()
    in_scope(where, scope)
    where.add(f"id = {where.name(finding_id)}")
    return next(_rows(connection, where, "order by account_id limit 1"), None)


def lock_finding(connection: Connection, scope: Scope, finding_id: str) -> Finding | None:
    """Return one finding, locked until the transaction ends; None when `scope` has none of that id."""
    where = Where()
    in_scope(where, scope)
    where.add(f"id = {where.name(finding_id)}")
    row = connection.execute(
        text(f"select {COLUMNS} from finding where {where.sql} order by account_id limit 1 for update"),
        where.params,
    ).first()
    return None if row is None else finding_of(row)


def history(connection: Connection, scope: Scope, finding_id: str) -> tuple[FindingChange, ...]:
    """Return what happened to a finding, newest first."""
    where = Where()
    in_scope(where, scope)
    where.add(f"finding_id = {where.name(finding_id)}")
    rows = connection.execute(
        text(f"""select changed_at, from_state, to_state, by, note from finding_change
                 where {where.sql} order by id desc limit {_MOST}"""),
        where.params,
    )
    return tuple(
        FindingChange(
            row.changed_at,
            FindingState(row.from_state) if row.from_state else None,
            FindingState(row.to_state),
            row.by,
            row.note,
        )
        for row in rows
    )


def findings_about(
    connection: Connection, scope: Scope, account_id: int, subjects: Sequence[str]
) -> tuple[FindingRow, ...]:
    """Return the unresolved findings of these subjects (ARNs, keys), worst first: for the page of a stream."""
    where = Where()
    in_scope(where, scope)
    where.add(f"account_id = {where.name(account_id)}")
    # A reader's subject is "role-arn person", an inline policy's "role-arn#name": both are about the role.
    given = where.name(list(subjects))
    where.add(f"(subject = any({given}) or split_part(split_part(subject, ' ', 1), '#', 1) = any({given}))")
    where.add("state <> 'resolved'")
    return tuple(_rows(connection, where, f"order by {_sorted_by(_ORDERS['severity'])} limit {_MOST}"))


def findings_naming(connection: Connection, scope: Scope, stream: str) -> tuple[FindingRow, ...]:
    """Return the unresolved findings that rest on this stream (an ARN) and are about another subject, worst first.

    Their evidence names it: a call on it, or a statement with its ARN. Evidence has no index: the scope is best the
    account of the stream, whose records and policies it is of.
    """
    where = Where()
    in_scope(where, scope)
    arn = where.name(stream)
    where.add(f"subject <> {arn} and strpos(evidence::text, {arn}) > 0")
    where.add("state <> 'resolved'")
    return tuple(_rows(connection, where, f"order by {_sorted_by(_ORDERS['severity'])} limit {_MOST}"))


def counts(connection: Connection, scope: Scope, query: Filter | None = None) -> tuple[FindingCount, ...]:
    """Return how many findings there are by rule, severity and state; a rule's practice is in the rule.

    Of `query` its conditions count except those on the state: the tabs of a list show the other states too.
    """
    where = finding_where(scope, query, without=frozenset({"state"})) if query else _everything(scope)
    rows = connection.execute(
        text(f"""select rule, severity, state, count(*) as n, min(first_seen_at) as oldest
                 from finding where {where.sql} group by rule, severity, state order by rule, severity, state"""),
        where.params,
    )
    return tuple(
        FindingCount(row.rule, Severity(row.severity), FindingState(row.state), row.n, row.oldest) for row in rows
    )


def rule_runs(connection: Connection, scope: Scope, accounts: Sequence[int] | None = None) -> tuple[RuleRun, ...]:
    """Return how each rule ended, added up over the accounts."""
    where = _everything(scope)
    if accounts is not None:
        where.add(f"account_id = any({where.name(list(accounts))})")
    rows = connection.execute(
        text(f"""select rule, count(*) as accounts, sum(violations)::bigint as violations,
                   sum(checked)::bigint as checked, max(evaluated_at) as last_at,
                   array_agg(account_id order by account_id) filter (where error is not null) as failed,
                   array_agg(error order by account_id) filter (where error is not null) as errors,
                   (select count(*) from cannot_tell c where c.rule = rule_run.rule and {where.sql}) as untold
                 from rule_run where {where.sql} group by rule order by rule"""),
        where.params,
    )
    return tuple(
        RuleRun(
            row.rule,
            row.accounts,
            row.violations,
            row.checked,
            row.untold,
            row.last_at,
            tuple(zip(row.failed or (), row.errors or (), strict=True)),
        )
        for row in rows
    )


def cannot_tells(
    connection: Connection,
    scope: Scope,
    *,
    conditions: Iterable[Condition] = (),
    account_id: int | None = None,
    limit: int = _MOST,
) -> tuple[Untold, ...]:
    """Return what the rules could not tell under `conditions`, by rule, account, Region and subject."""
    where = untold_where(scope, conditions)
    if account_id is not None:
        where.add(f"account_id = {where.name(account_id)}")
    rows = connection.execute(
        text(f"""select account_id, rule, region, subject, reason, evaluated_at from cannot_tell
                 where {where.sql} order by rule, account_id, region, subject limit {limit:d}"""),
        where.params,
    )
    return tuple(Untold(r.account_id, r.rule, r.region, r.subject, r.reason, r.evaluated_at) for r in rows)


def count_cannot_tells(connection: Connection, scope: Scope, conditions: Iterable[Condition] = ()) -> int:
    """Return how many answers could not be given under `conditions`."""
    where = untold_where(scope, conditions)
    sql = f"select count(*) from cannot_tell where {where.sql}"
    return int(connection.execute(text(sql), where.params).scalar_one())


def untold_where(scope: Scope, conditions: Iterable[Condition]) -> Where:
    """Return the condition on `cannot_tell` that `conditions` mean; what has no answer has no state and no severity."""
    where = _everything(scope)
    for condition in conditions:
        if condition.field in UNTOLD_FIELDS:
            where.add(_condition(where, condition, "cannot_tell"))
    return where


def finding_where(scope: Scope, query: Filter, without: frozenset[str] = frozenset()) -> Where:
    """Return the condition on `finding` that `query` means: alive within its range, and all its conditions.

    What is not resolved is alive, however old its last proof: a range that ends now holds every open finding.
    """
    where = _everything(scope)
    since, until = where.name(query.since.at), where.name(query.until.at)
    where.add(f"(resolved_at is null or resolved_at >= {since}) and first_seen_at < {until}")
    for condition in query.conditions:
        if condition.field == "new":
            where.add(_is_new(where, condition, since))
        elif condition.field not in without:
            where.add(_condition(where, condition, "finding"))
    return where


def _is_new(where: Where, condition: Condition, since: str) -> str:
    """Return the condition that a finding was first seen within the range, or before it."""
    is_new = f"case when first_seen_at >= {since} then 'yes' else 'no' end = any({where.name(list(condition.values))})"
    return f"({is_new}) is not true" if condition.verb is Verb.IS_NOT else is_new


def _everything(scope: Scope) -> Where:
    where = Where()
    in_scope(where, scope)
    return where


def _condition(where: Where, condition: Condition, table: str) -> str:
    columns = (condition.field,) if condition.field != "account" else (_account_name(table), _account_text(table))
    values = list(condition.values)
    is_part = condition.verb is Verb.CONTAINS
    if is_part:
        given = where.name([f"%{escaped(value)}%" for value in values])
        found = " or ".join(f"{column} ilike any({given})" for column in columns)
    else:
        given = where.name(values)
        found = " or ".join(f"{column} = any({given})" for column in columns)
    if condition.field == "rule":
        # Pages print the code, the table has the id.
        found += f" or rule = any({where.name(coded(values, in_part=is_part))})"
    return f"({found}) is not true" if condition.verb is Verb.IS_NOT else f"({found})"


def _account_text(table: str) -> str:
    return f"lpad(cast({table}.account_id as text), 12, '0')"


def _account_name(table: str) -> str:
    return f"(select a.name from account a where a.account_id = {table}.account_id)"


def _rows(connection: Connection, where: Where, tail: str) -> Iterator[FindingRow]:
    rows = connection.execute(
        text(f"""select {COLUMNS}, {_account_name("finding")} as account_name
                 from finding where {where.sql} {tail}"""),
        where.params,
    )
    for row in rows:
        yield FindingRow(row.id, finding_of(row), row.account_name, row.rule_version)


def _order(query: Filter) -> tuple[str, ...]:
    return _ORDERS.get(query.sort, _ORDERS["severity"])


def _sorted_by(order: tuple[str, ...], *, is_back: bool = False) -> str:
    return ", ".join(_TERMS[term] + (" desc" if is_back else "") for term in order)


def _cursor(order: tuple[str, ...], row: FindingRow) -> str:
    """Return the place of a row in an order, as `after=` and `before=` write it."""
    values = {
        "rank": tuple(Severity).index(row.finding.severity) + 1,
        "last": -_micros(row.finding.last_seen_at),
        "first": -_micros(row.finding.first_seen_at),
        "account": row.finding.account,
        "id": row.id,
    }
    raw = json.dumps([values[term] for term in order], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def is_cursor(text_: str) -> bool:
    """Return whether `after=` or `before=` holds a cursor that we made."""
    return _decoded(text_) is not None


def _decoded(cursor: str | None) -> tuple[int | str, ...] | None:
    """Return the place that a cursor names; None when there is none, or when it is not one of ours."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        first, second, account, row = msgspec.json.decode(raw, type=tuple[int, int, int, str])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
    return None if max(map(abs, (first, second, account))) > _MOST_BIGINT else (first, second, account, row)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
