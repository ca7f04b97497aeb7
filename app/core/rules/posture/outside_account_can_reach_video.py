"""A role with video that an account outside of the organization may assume."""

from collections.abc import Iterator

from app.core.arn import account_text
from app.core.iam.door import Door
from app.core.iam.evaluate import Verdict
from app.core.iam.layers import Binding
from app.core.iam.trust import ASSUME, Trusted
from app.core.kvs.actions import MEDIA_READ
from app.core.model.entry import TrustedKind
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.principal import Principal
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts, may
from app.core.rules.holders import SENDS, Actions, holders, media_reads, undecided
from app.core.rules.names import listed
from app.core.rules.rule import HOW_IAM, Fix, Reference, Rule
from app.core.rules.trusts import ANYBODY, Trust, trusted, unreadable

_SOMEBODY = 0  # an account of which nobody has heard
_OF_ORGANIZATIONS = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_DENIES = frozenset({Verdict.EXPLICIT_DENY, Verdict.IMPLICIT_DENY})


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each role with media rights that outsiders may assume without an external ID or an organization's bar.

    An RCP of the account can bar outsiders from sts:AssumeRole whatever the trust policy says, all or all but some
    (Organizations User Guide, "Resource control policies"); where RCPs could not be read, a foreign account may be one
    of ours.
    """
    home = Binding(facts.snapshot)
    for principal, actions in holders(facts):
        rights = (*media_reads(actions), *(name for name in SENDS if may(actions, name)))
        if rights:
            yield from unreadable(principal)
            for trust in trusted(principal):
                yield from _judge(facts, home, principal, trust, rights)
    yield from undecided(facts, (*SENDS, *sorted(MEDIA_READ)))


def _judge(
    facts: PostureFacts, home: Binding, principal: Principal, trust: Trust, rights: tuple[str, ...]
) -> Iterator[Violation | CannotTell]:
    if trust.kind != "AWS" or trust.is_narrowed:
        return
    if trust.value == ANYBODY:
        is_by_account = trust.statement.takes(ASSUME)
        if is_by_account and _is_barred(home, principal, trust, _SOMEBODY):
            return
        who = "anybody with an AWS account" if is_by_account else "anybody whom an identity provider signs in"
        message = f"{who} may assume {principal.name}, which may call {listed(rights)}"
        yield Violation(principal.arn, message, (statement(trust.policy, trust.statement, ("*",)),), Severity.CRITICAL)
        return
    if trust.account is None or trust.account in facts.snapshot.known_accounts | {facts.snapshot.account.id}:
        return
    if facts.snapshot.organization is None:
        reason = f"the organization could not be read: account {account_text(trust.account)} may be one of it"
        yield CannotTell(principal.arn, reason)
        return
    if _is_barred(home, principal, trust, trust.account):
        return
    message = (
        f"account {account_text(trust.account)}, which is not in the organization, may assume {principal.name} "
        f"without an external ID and call {listed(rights)}"
    )
    yield Violation(principal.arn, message, (statement(trust.policy, trust.statement, (trust.value,)),))


def _is_barred(home: Binding, role: Principal, trust: Trust, account: int) -> bool:
    """Whether an RCP keeps out whoever of an outside account a trust lets in."""
    is_named = trust.account is not None and not trust.is_whole_account
    kind, value = (TrustedKind.PRINCIPAL, trust.value) if is_named else (TrustedKind.ACCOUNT, account_text(account))
    one = Trusted(kind, value, account, (), trust.statement.index, trust.statement.sid)
    decision = Door(home, role).outsider(one)
    # An RCP that names organizations beside the account's own lets these in, and somebody is of none.
    return decision.verdict in _DENIES or (account == _SOMEBODY and not _OF_ORGANIZATIONS.isdisjoint(decision.keys))


def _count(facts: PostureFacts) -> int:
    return sum(1 for _, actions in holders(facts) if _has_media(actions))


def _has_media(actions: Actions) -> bool:
    return bool(media_reads(actions)) or any(may(actions, name) for name in SENDS)


RULE = Rule(
    code="KVS-LP-08",
    title="Outside account can reach video",
    practice=Practice.LEAST_PRIVILEGE,
    severity=Severity.HIGH,
    needs=needs.PERMISSIONS,
    why=(
        "Whoever administers the other account decides who comes in, and the calls that lead here are logged there. "
        "Without an external ID, a third party can also be made to come in for somebody else (the confused deputy)."
    ),
    fix=Fix(
        "Remove the trust, or keep it for a known third party with an external ID that only you and they know.",
        policy="""\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:<partition>:iam::<outsider>:role/THEIR-ROLE"},
      "Action": "sts:AssumeRole",
      "Condition": {"StringEquals": {"sts:ExternalId": "EXTERNAL-ID"}}
    }
  ]
}""",
        cli="aws iam update-assume-role-policy --role-name <name> --policy-document file://trust.json",
    ),
    references=(
        HOW_IAM,
        Reference(
            "IAM User Guide: Access to AWS accounts owned by third parties",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
        ),
    ),
    check=check,
    version=4,
    unit="roles with media",
    subjects=_count,
)
