"""Deny everything to all temporary credentials of a role or user that were issued before now."""

from datetime import datetime
from typing import Any

from app.core.rules.fix import FixText
from app.core.rules.rule import Reference
from app.core.stopping.measure import Measure, Target, by_session, unchangeable
from app.core.stopping.paste import document, option, policy, shown

POLICY_NAME = "AWSRevokeOlderSessions"
"""As the console names it, so that it finds and replaces its own."""


def _policy(now: datetime) -> dict[str, Any]:
    older = {"DateLessThan": {"aws:TokenIssueTime": f"{now:%Y-%m-%dT%H:%M:%SZ}"}}
    return policy({"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": older})


def _texts(target: Target, now: datetime) -> tuple[FixText, ...]:
    return (
        FixText("AWS CLI", f"{_command('put', target)} \\\n  --policy-document {document(_policy(now))}"),
        shown("Policy", _policy(now)),
    )


def _undo(target: Target) -> FixText:
    return FixText("Undo", _command("delete", target))


def _command(verb: str, target: Target) -> str:
    kind = target.kind
    whose = option(f"{kind}-name", target.name)
    return f"aws iam {verb}-{kind}-policy {whose} --policy-name {POLICY_NAME}{target.home}"


MEASURE = Measure(
    title="Revoke all sessions issued until now",
    place=50,
    bar=unchangeable,
    texts=_texts,
    undo=_undo,
    stops="Every call with temporary credentials of this role or user that were issued before the time in the policy, "
    "whoever holds them. It may take some minutes.",
    leaves="Whoever may still assume the role gets a new session, and goes on: this stops what was stolen, not who is "
    "let in. Long-term keys have no time of issue and go on. Sessions of other roles that were taken with the "
    "credentials are of those, and go on until they end. Take the policy away after 12 hours, of a user after 36.",
    hits=by_session,
    reference=Reference(
        "IAM User Guide: Revoke IAM role temporary security credentials",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
    ),
)
