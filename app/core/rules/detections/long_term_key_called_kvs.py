"""A call to KVS with a long-term access key: a secret that never expires, lying on a device or in a build."""

from collections import defaultdict
from collections.abc import Iterator

from app.core.coverage.observe import ActionClass
from app.core.model.event import Event, KeyKind
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules.calls import is_kvs, within
from app.core.rules.evidence import events, setting
from app.core.rules.facts import DetectionFacts
from app.core.rules.known import IDENTITY
from app.core.rules.names import counted, listed, name_of
from app.core.rules.rule import BEST_PRACTICES, Fix, Rule

_LONG_TERM = frozenset({KeyKind.LONG_TERM, KeyKind.TEMPORARY_OF_USER})


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each long-term key with which KVS was called, and each user who drew temporary keys from one (medium)."""
    by_key: dict[tuple[str, KeyKind], list[Event]] = defaultdict(list)
    for event in within(facts):
        if is_kvs(event) and event.key_kind in _LONG_TERM:
            by_key[_subject(event), event.key_kind].append(event)
    for (subject, kind), calls in by_key.items():
        yield _violation(subject, kind, calls)


def _subject(event: Event) -> str:
    """Return the key, or the user whose temporary keys (GetSessionToken) change every few hours."""
    key = event.access_key if event.key_kind is KeyKind.LONG_TERM else None
    return key or event.actor.principal


def _violation(subject: str, kind: KeyKind, calls: list[Event]) -> Violation:
    last = calls[-1]
    what = f"{counted(len(calls), 'KVS call')} ({listed(sorted({call.action for call in calls}))})"
    user = name_of(last.actor.principal)
    if kind is KeyKind.LONG_TERM:
        message = f"The long-term key of {user} made {what} on {last.event_time:%d %B}"
        severity = Severity.HIGH
    else:
        message = f"{user} made {what} on {last.event_time:%d %B}, with temporary keys drawn from a long-term one"
        severity = Severity.MEDIUM
    caller = setting(IDENTITY, last.actor.principal)
    return Violation(
        subject,
        message,
        (*events(calls), caller),
        severity,
        first_at=calls[0].event_time,
        last_at=last.event_time,
    )


RULE = Rule(
    code="KVS-CR-01",
    title="Long-term key used to call KVS",
    practice=Practice.ROLES_NOT_KEYS,
    severity=Severity.HIGH,
    needs=(),
    why=(
        "A long-term key works from anywhere until somebody deletes it. AWS asks producers and readers of KVS to use "
        "roles, and devices to use the AWS IoT credentials provider, so that what is stolen expires by itself."
    ),
    fix=Fix(
        "Move the caller to a role (a camera: to the AWS IoT credentials provider), then make the key inactive, and "
        "delete it when nothing broke.",
        cli="aws iam get-access-key-last-used --access-key-id <key>\n"
        "aws iam update-access-key --user-name <user> --access-key-id <key> --status Inactive",
    ),
    references=(BEST_PRACTICES,),
    check=check,
    rests_on=tuple(ActionClass),
    unit="keys",
    version=2,
)
