"""Findings and outcomes of rules, built whole."""

from datetime import UTC, datetime
from typing import Any

from app.core.findings.reconcile import RuleOutcome
from app.core.model.finding import Evidence, Finding, FindingState, Severity
from app.core.model.snapshot import Part, PartState

ACCOUNT = 590817264433
NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


def finding(**changes: Any) -> Finding:
    """Return an open finding of yesterday's making."""
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "rule": "a",
        "subject": "s",
        "region": "",
        "severity": Severity.MEDIUM,
        "state": FindingState.OPEN,
        "message": "wrong",
        "evidence": (Evidence("setting", "where", "text"),),
        "first_seen_at": datetime(2026, 11, 22, tzinfo=UTC),
        "last_seen_at": datetime(2026, 11, 22, tzinfo=UTC),
    }
    return Finding(**(values | changes))


def outcome(*violations: Any, **changes: Any) -> RuleOutcome:
    """Return the outcome of rule "a" whose needed part was read."""
    values: dict[str, Any] = {
        "rule": "a",
        "severity": Severity.MEDIUM,
        "violations": violations,
        "needed": (Part("iam", "", PartState.SEEN, NOW, NOW),),
    }
    return RuleOutcome(**(values | changes))
