"""kvswatch's own roles with the policies that `kvswatch onboard` writes, and who may assume them."""

from app.core.model.account import AccountKind
from app.core.onboarding.policy import role_policy
from app.core.onboarding.roles import ROLE_NAMES
from app.demo.documents import Document, allow, policy, trust_external
from app.demo.identifiers import access_key
from app.demo.nouns import Cast, Key, Role, User
from app.services.permissions import permissions_by_kind


def scanner_role(name: str, document: Document, poller_arn: str, external_id: str) -> Role:
    """Return one of the scanner's roles."""
    return Role(
        name,
        trust_external(poller_arn, external_id),
        inline={"kvswatch": document},
        tags={"owner": "security-tooling"},
        age_days=120,
    )


def poller(account: str, name: str) -> Cast:
    """Return the identity that kvswatch runs with; all that it may do is assume the scanner's roles."""
    assume = policy(allow("sts:AssumeRole", on="arn:aws:iam::*:role/kvswatch-*"))
    key = Key(access_key("AKIA", account, name), age_days=30, last_used_days=0, last_used_service="sts")
    return Cast(users=(User(name, inline={"assume": assume}, keys=(key,), age_days=120),))


def policies(member_bucket: str, archive_bucket: str) -> dict[str, Document]:
    """Return what the scanner's roles are allowed: exactly what kvswatch would ask for in life, by role name.

    `member_bucket` is the bucket of a member account's own trail, `archive_bucket` that of the organization's.
    """
    wanted = permissions_by_kind()
    buckets = {AccountKind.MEMBER: [member_bucket], AccountKind.LOG_ARCHIVE: [archive_bucket]}
    return {ROLE_NAMES[kind]: role_policy(wanted[kind], buckets.get(kind, ())) for kind in AccountKind}
