"""The root user called KVS: nobody needs it for that."""

from collections.abc import Iterator

from app.core.coverage.observe import ActionClass
from app.core.model.event import ActorKind
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules.calls import is_by_service, is_kvs, within
from app.core.rules.evidence import events
from app.core.rules.facts import DetectionFacts
from app.core.rules.names import counted, listed
from app.core.rules.rule import Fix, Reference, Rule


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield the root user with the KVS calls of the day; what a service does for the account is not root's doing."""
    calls = [
        event
        for event in within(facts)
        if event.actor.kind is ActorKind.ROOT and is_kvs(event) and not is_by_service(event)
    ]
    if calls:
        what = f"{counted(len(calls), 'KVS call')} ({listed(sorted({call.action for call in calls}))})"
        yield Violation(
            calls[0].actor.principal,
            f"The root user made {what} on {calls[-1].event_time:%d %B}",
            events(calls),
            first_at=calls[0].event_time,
            last_at=calls[-1].event_time,
        )


RULE = Rule(
    code="KVS-CR-03",
    title="Root user called KVS",
    practice=Practice.ROLES_NOT_KEYS,
    severity=Severity.CRITICAL,
    needs=(),
    why=(
        "No policy, boundary or session limits the root user. A call by it is somebody who could not be bothered, or "
        "somebody who got hold of the account."
    ),
    fix=Fix(
        "Find out who it was, change the root password, give it MFA, and delete its access keys.",
        cli="aws iam get-account-summary --query 'SummaryMap.[AccountAccessKeysPresent,AccountMFAEnabled]'",
    ),
    references=(
        Reference(
            "IAM User Guide: Root user best practices",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
        ),
    ),
    check=check,
    rests_on=tuple(ActionClass),
    unit="calls",
)
