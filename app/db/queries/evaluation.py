"""The write side of findings: what an evaluation reads before it decides, and what it stores, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Row

from app.core.findings.identity import id_of
from app.core.findings.reconcile import Change, ChangeKind, RuleOutcome
from app.core.model.finding import Evidence, Finding, FindingState, Severity
from app.db.sql import text

COLUMNS = """account_id, id, rule, region, subject, severity, state, message, evidence, first_seen_at, last_seen_at,
 resolved_at, note, muted_until, rule_version"""


def findings_for_update(connection: Connection, account_id: int) -> tuple[Finding, ...]:
    """Return an account's findings, locked until the transaction ends: what people do meanwhile waits for it."""
    rows = connection.execute(
        text(f"select {COLUMNS} from finding where account_id = :account_id order by id for update"),
        {"account_id": account_id},
    )
    return tuple(finding_of(row) for row in rows)


def stored_findings(connection: Connection, account_id: int) -> tuple[Finding, ...]:
    """Return an account's findings as they stand, without a lock."""
    rows = connection.execute(
        text(f"select {COLUMNS} from finding where account_id = :account_id"), {"account_id": account_id}
    )
    return tuple(finding_of(row) for row in rows)


def finding_of(row: Row[Any]) -> Finding:
    """Return a row of COLUMNS as the finding that it holds."""
    return Finding(
        account=row.account_id,
        rule=row.rule,
        subject=row.subject,
        region=row.region,
        severity=Severity(row.severity),
        state=FindingState(row.state),
        message=row.message,
        evidence=msgspec.convert(row.evidence, tuple[Evidence, ...]),
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        resolved_at=row.resolved_at,
        note=row.note,
        muted_until=row.muted_until,
    )


def store_changes(
    connection: Connection, account_id: int, changes: Iterable[Change], versions: dict[str, int], now: datetime
) -> None:
    """Store what an evaluation changed, with its history. `versions` are the rules' versions by id."""
    changed, seen_again = _sorted(changes, now)
    if changed:
        connection.execute(_UPSERT, [_values(change.finding, versions[change.finding.rule]) for change in changed])
    if seen_again:
        connection.execute(
            text("update finding set last_seen_at = :now where account_id = :account_id and id = any(:ids)"),
            {"account_id": account_id, "now": now, "ids": [id_of(change.finding) for change in seen_again]},
        )
    history = [change for change in changed if change.note]
    if history:
        connection.execute(_HISTORY, [_history(change, now) for change in history])


def store_finding(connection: Connection, finding: Finding, before: Finding, by: str, now: datetime) -> None:
    """Store what a person did with a finding, with its history."""
    connection.execute(
        text("""update finding set state = :state, note = :note, muted_until = :muted_until
                where account_id = :account_id and id = :id"""),
        {
            "account_id": finding.account,
            "id": id_of(finding),
            "state": finding.state.value,
            "note": finding.note,
            "muted_until": finding.muted_until,
        },
    )
    row = _history(Change(ChangeKind.KEPT, finding, before, finding.note or ""), now)
    connection.execute(_HISTORY, row | {"by": by})


def store_runs(connection: Connection, account_id: int, outcomes: Sequence[RuleOutcome], now: datetime) -> None:
    """Store how each rule ended; a rule that failed keeps the counts of its last good run."""
    connection.execute(
        text("""insert into rule_run (account_id, rule, evaluated_at, violations, checked, error)
                values (:account_id, :rule, :now, :violations, :checked, :error)
                on conflict (account_id, rule) do update set
                  evaluated_at = case when excluded.error is null then excluded.evaluated_at
                    else rule_run.evaluated_at end,
                  violations = case when excluded.error is null then excluded.violations else rule_run.violations end,
                  checked = case when excluded.error is null then excluded.checked else rule_run.checked end,
                  error = excluded.error"""),
        [
            {
                "account_id": account_id,
                "rule": outcome.rule,
                "now": now,
                "violations": len(outcome.violations),
                "checked": outcome.checked,
                "error": outcome.error,
            }
            for outcome in outcomes
        ],
    )


def store_cannot_tell(connection: Connection, account_id: int, outcomes: Sequence[RuleOutcome], now: datetime) -> None:
    """Replace what the rules could not tell by what they cannot tell now; a failed rule's last answers stay."""
    ran = [outcome for outcome in outcomes if outcome.error is None]
    connection.execute(
        text("delete from cannot_tell where account_id = :account_id and rule = any(:rules)"),
        {"account_id": account_id, "rules": [outcome.rule for outcome in ran]},
    )
    rows = [
        {
            "account_id": account_id,
            "rule": outcome.rule,
            "region": answer.region,
            "subject": answer.subject,
            "reason": answer.reason,
            "is_unread": answer.is_unread,
            "now": now,
        }
        for outcome in ran
        for answer in outcome.cannot_tell
    ]
    if rows:
        connection.execute(
            text("""insert into cannot_tell (account_id, rule, region, subject, reason, is_unread, evaluated_at)
                    values (:account_id, :rule, :region, :subject, :reason, :is_unread, :now)
                    on conflict (account_id, rule, region, subject) do update set reason = excluded.reason"""),
            rows,
        )


_UPSERT = text("""
insert into finding (account_id, id, rule, region, subject, severity, state, message, evidence, first_seen_at,
  last_seen_at, resolved_at, note, muted_until, rule_version)
values (:account_id, :id, :rule, :region, :subject, :severity, :state, :message, :evidence, :first_seen_at,
  :last_seen_at, :resolved_at, :note, :muted_until, :rule_version)
on conflict (account_id, id) do update set severity = excluded.severity, state = excluded.state,
  message = excluded.message, evidence = excluded.evidence, first_seen_at = excluded.first_seen_at,
  last_seen_at = excluded.last_seen_at, resolved_at = excluded.resolved_at, note = excluded.note,
  muted_until = excluded.muted_until, rule_version = excluded.rule_version""")

_HISTORY = text("""
insert into finding_change (account_id, finding_id, changed_at, from_state, to_state, by, note)
values (:account_id, :finding_id, :now, :from_state, :to_state, :by, :note)""")


def _sorted(changes: Iterable[Change], now: datetime) -> tuple[list[Change], list[Change]]:
    """Return the changes to write whole, and those that only were seen again at `now`; what stayed equal is neither."""
    changed, seen_again = [], []
    for change in changes:
        before, after = change.before, change.finding
        if before is None or replace(before, last_seen_at=after.last_seen_at) != after:
            changed.append(change)
        elif after.last_seen_at == now:
            seen_again.append(change)
        elif after.last_seen_at != before.last_seen_at:
            changed.append(change)
    return changed, seen_again


def _values(finding: Finding, version: int) -> dict[str, object]:
    return {
        "account_id": finding.account,
        "id": id_of(finding),
        "rule": finding.rule,
        "region": finding.region,
        "subject": _text(finding.subject),
        "severity": finding.severity.value,
        "state": finding.state.value,
        "message": _text(finding.message),
        "evidence": Jsonb([_evidence(one) for one in finding.evidence]),
        "first_seen_at": finding.first_seen_at,
        "last_seen_at": finding.last_seen_at,
        "resolved_at": finding.resolved_at,
        "note": finding.note,
        "muted_until": finding.muted_until,
        "rule_version": str(version),
    }


def _evidence(one: Evidence) -> dict[str, Any]:
    streams = tuple(map(_text, one.streams))
    built: dict[str, Any] = msgspec.to_builtins(
        replace(one, where=_text(one.where), text=_text(one.text), streams=streams)
    )
    return built


def _history(change: Change, now: datetime) -> dict[str, object]:
    return {
        "account_id": change.finding.account,
        "finding_id": id_of(change.finding),
        "now": now,
        "from_state": change.before.state.value if change.before else None,
        "to_state": change.finding.state.value,
        "by": change.finding.rule,
        "note": change.note,
    }


def _text(value: str) -> str:
    """Return text without NUL, which Postgres does not store."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
