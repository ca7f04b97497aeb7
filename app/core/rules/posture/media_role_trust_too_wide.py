"""A role with media whose trust policy lets in more than those who need it."""

from collections.abc import Iterator

from app.core.iam.condition import FOR_ALL, OPERATORS, Condition
from app.core.kvs.actions import MEDIA_READ
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.principal import Principal
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts, may
from app.core.rules.holders import SENDS, Actions, holders, media_reads, undecided
from app.core.rules.policies import IOT_CREDENTIALS, is_device_role, is_given_by_name
from app.core.rules.rule import Fix, Reference, Rule
from app.core.rules.trusts import Trust, trusted, unreadable

_ASKS_FOR = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage", "aws:principaltag"})
_WORST_FIRST = tuple(Severity)
_FEDERATION = {"cognito-identity.amazonaws.com": "cognito-identity.amazonaws.com:aud"}


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each role with media that a whole account may assume, or a service or pool for anybody.

    An account outside of the organization is another rule's finding.
    """
    known = facts.snapshot.known_accounts | {facts.snapshot.account.id}
    for principal, _ in _media_roles(facts):
        yield from unreadable(principal)
        faults = [(trust, *found) for trust in trusted(principal) if (found := _fault(trust, known)) is not None]
        if faults:
            yield _violation(principal, *min(faults, key=lambda fault: _WORST_FIRST.index(fault[2])))
    yield from undecided(facts, (*SENDS, *sorted(MEDIA_READ)))


def _fault(trust: Trust, known: frozenset[int]) -> tuple[str, Severity] | None:
    if trust.is_whole_account and trust.account in known and not trust.is_narrowed and not _asks(trust):
        return "every principal of an account that may assume roles comes in", Severity.MEDIUM
    if trust.kind == "Service" and trust.value == IOT_CREDENTIALS and not trust.is_narrowed:
        return "any role alias, also of another account, can hand it out: aws:SourceArn is not asked for", Severity.LOW
    audience = _FEDERATION.get(trust.value) if trust.kind == "Federated" else None
    if audience is not None and not any(
        one.key == audience and _is_positive(one) for one in trust.statement.conditions
    ):
        return (
            "any identity pool, also of another account, can hand it out: its audience is not asked for",
            Severity.HIGH,
        )
    return None


def _asks(trust: Trust) -> bool:
    # Who calls with a long-term key has no such key in the request: IfExists lets it in without MFA.
    return any(
        one.key.startswith(tuple(_ASKS_FOR)) and _is_positive(one) and not one.if_exists and one.set_prefix != FOR_ALL
        for one in trust.statement.conditions
    )


def _is_positive(one: Condition) -> bool:
    return not OPERATORS[one.operator].is_negated


def _violation(principal: Principal, trust: Trust, message: str, severity: Severity) -> Violation:
    evidence = (statement(trust.policy, trust.statement, (trust.value,)),)
    return Violation(principal.arn, f"{principal.name} reaches video, and {message}", evidence, severity)


def _media_roles(facts: PostureFacts) -> Iterator[tuple[Principal, Actions]]:
    """Yield the roles that were made for video; who may do everything anyway is an administrator."""
    for principal, actions in holders(facts):
        rights = (*media_reads(actions), *(name for name in SENDS if may(actions, name)))
        if any(is_given_by_name(facts.book, principal, name) for name in rights) or (
            rights and is_device_role(principal)
        ):
            yield principal, actions


RULE = Rule(
    code="KVS-CR-05",
    title="Role with media can be assumed too widely",
    practice=Practice.ROLES_NOT_KEYS,
    severity=Severity.MEDIUM,
    needs=needs.PERMISSIONS,
    why=(
        "A trust in an account (:root) leaves it to every administrator of that account who may watch. A trust in a "
        "service without its source lets that service act for somebody else (the confused deputy)."
    ),
    fix=Fix(
        "Name the roles that need it, ask people for MFA, and bind services to their source.",
        policy="""\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"Service": "credentials.iot.amazonaws.com"},
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {"aws:SourceAccount": "<account>"},
        "ArnEquals": {"aws:SourceArn": "arn:<partition>:iot:ROLE-REGION:<account>:rolealias/ROLE-ALIAS"}
      }
    }
  ]
}""",
        cli="aws iam update-assume-role-policy --role-name <name> --policy-document file://trust.json",
    ),
    references=(
        Reference(
            "AWS IoT Core Developer Guide: Cross-service confused deputy prevention",
            "https://docs.aws.amazon.com/iot/latest/developerguide/cross-service-confused-deputy-prevention.html",
        ),
    ),
    check=check,
    version=3,
    unit="roles with media",
    subjects=lambda facts: sum(1 for _ in _media_roles(facts)),
)
