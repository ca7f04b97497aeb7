"""An IAM user with media rights and an active long-term key."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.core.kvs.actions import MEDIA_READ
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.principal import AccessKey, Principal, PrincipalKind
from app.core.rules import needs
from app.core.rules.evidence import setting
from app.core.rules.facts import PostureFacts, may
from app.core.rules.holders import SENDS, Actions, holders, media_reads, undecided
from app.core.rules.names import counted, listed
from app.core.rules.rule import BEST_PRACTICES, Fix, Reference, Rule

OLD = timedelta(days=90)
"""Security Hub and the CIS benchmark ask to rotate keys within 90 days."""


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each user with media rights and an active key; an old or idle key weighs more."""
    for user, actions in _users(facts):
        rights = (*media_reads(actions), *(name for name in SENDS if may(actions, name)))
        if user.keys is None:
            yield CannotTell(user.arn, "its access keys could not be read")
            continue
        active = [key for key in user.keys if key.is_active]
        if active:
            is_old = any(_is_old(key, facts.now) or _is_idle(key, facts.now) for key in active)
            yield Violation(
                user.arn,
                f"{user.name} may call {listed(rights)} and has {counted(len(active), 'active long-term key')}",
                tuple(setting("ListAccessKeys", _described(key, facts.now)) for key in active),
                Severity.HIGH if is_old else Severity.MEDIUM,
            )
    yield from undecided(facts, (*SENDS, *sorted(MEDIA_READ)))


def _users(facts: PostureFacts) -> Iterator[tuple[Principal, Actions]]:
    for principal, actions in holders(facts):
        if principal.kind is PrincipalKind.USER and (media_reads(actions) or any(may(actions, n) for n in SENDS)):
            yield principal, actions


def _is_old(key: AccessKey, now: datetime) -> bool:
    return now - key.created_at > OLD


def _is_idle(key: AccessKey, now: datetime) -> bool:
    return key.last_used_at is None or now - key.last_used_at > OLD


def _described(key: AccessKey, now: datetime) -> str:
    used = f"last used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
    service = f" for {key.last_used_service}" if key.last_used_at and key.last_used_service else ""
    return f"{key.id}: {counted((now - key.created_at).days, 'day')} old, {used}{service}"


def _count(facts: PostureFacts) -> int:
    return sum(1 for _ in _users(facts))


RULE = Rule(
    code="KVS-CR-02",
    title="IAM user with media rights has an active key",
    practice=Practice.ROLES_NOT_KEYS,
    severity=Severity.MEDIUM,
    needs=(*needs.PERMISSIONS, needs.ACCESS_KEYS),
    why=(
        "A key in a file on a camera or a laptop opens video from anywhere until somebody deletes it. AWS asks for "
        "roles, whose credentials expire by themselves."
    ),
    fix=Fix(
        "Move what uses the key to a role, make the key inactive, and delete it when nothing broke.",
        cli=(
            "aws iam list-access-keys --user-name <name>\n"
            "aws iam update-access-key --user-name <name> --access-key-id <key> --status Inactive"
        ),
    ),
    references=(
        BEST_PRACTICES,
        Reference(
            "IAM User Guide: Managing access keys for IAM users",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
        ),
    ),
    check=check,
    unit="users with media rights",
    subjects=_count,
)
