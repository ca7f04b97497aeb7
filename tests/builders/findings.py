"""Findings, runs of rules, and what could not be told."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert

from app.core.findings.identity import finding_id
from app.db.tables import cannot_tell, finding, finding_change, rule_run
from tests.builders.accounts import CLINIC, NOW

RULE = "media_calls_not_logged"


def make_finding(connection: Connection, subject: str, account_id: int = CLINIC, **changes: Any) -> str:
    """Insert an open finding with its first change, and return its id."""
    rule, region = changes.get("rule", RULE), changes.get("region", "eu-central-1")
    found = finding_id(account_id, rule, region, subject)
    values = {
        "account_id": account_id,
        "id": found,
        "rule": rule,
        "region": region,
        "subject": subject,
        "severity": "high",
        "state": "open",
        "message": "PutMedia and GetMedia are not logged, so who watched cannot be known",
        "evidence": [],
        "first_seen_at": NOW - timedelta(days=30),
        "last_seen_at": NOW - timedelta(minutes=1),
        "rule_version": "1",
    } | changes
    connection.execute(insert(finding), values)
    connection.execute(
        insert(finding_change),
        {
            "account_id": account_id,
            "finding_id": found,
            "changed_at": values["first_seen_at"],
            "to_state": "open",
            "by": rule,
        },
    )
    return found


def make_run(connection: Connection, rule: str = RULE, account_id: int = CLINIC, **changes: Any) -> None:
    """Insert a rule's last run, a good one."""
    values = {
        "account_id": account_id,
        "rule": rule,
        "evaluated_at": NOW,
        "violations": 0,
        "checked": 12,
        "error": None,
    }
    connection.execute(insert(rule_run), values | changes)


def make_untold(
    connection: Connection, subject: str, rule: str = RULE, account_id: int = CLINIC, **changes: Any
) -> None:
    """Insert something about which a rule has no answer."""
    values = {
        "account_id": account_id,
        "rule": rule,
        "region": "eu-central-1",
        "subject": subject,
        "reason": "the event selectors of org-trail could not be read",
        "is_unread": True,
        "evaluated_at": NOW,
    }
    connection.execute(insert(cannot_tell), values | changes)
