"""What a finding knows of itself."""

from datetime import UTC, datetime

from app.core.model.finding import Evidence, Finding, FindingState, Severity
from app.core.rules.known import known

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OWN = 111122223333


def finding(subject: str, *evidence: Evidence) -> Finding:
    return Finding(OWN, "rule", subject, "", Severity.LOW, FindingState.OPEN, "message", evidence, NOW, NOW)


def test_a_finding_about_a_key_knows_that_key_alone():
    assert known(finding("AKIA1", Evidence("setting", "x", "AKIA2: old")))["key"] == ("AKIA1",)


def test_what_a_caller_wrote_into_a_record_is_no_key():
    assert known(finding("arn:x", Evidence("event", "x", "GetMedia from AKIA1")))["key"] == ()


def test_the_own_account_in_a_trust_policy_is_no_outsider():
    trust = Evidence("statement", "trust policy", f'{{"AWS": ["arn:aws:iam::{OWN}:root", "999988887777"]}}')
    assert known(finding("arn:x", trust))["outsider"] == ("999988887777",)


def test_nothing_known_is_no_value():
    assert set(known(finding("arn:x")).values()) == {()}
