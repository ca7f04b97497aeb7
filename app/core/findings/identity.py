"""Which finding is which."""

from hashlib import sha256

from app.core.arn import account_text
from app.core.model.finding import Finding

_DIGITS = 16


def finding_id(account: int, rule: str, region: str, subject: str) -> str:
    """Return the finding's id: 16 hex digits that stay the same over evaluations, databases and releases."""
    name = f"{account_text(account)}|{rule}|{region}|{subject}"
    return sha256(name.encode()).hexdigest()[:_DIGITS]


def id_of(finding: Finding) -> str:
    """Return the id of a finding."""
    return finding_id(finding.account, finding.rule, finding.region, finding.subject)
