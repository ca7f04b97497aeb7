"""What the grants of one principal follow from, as one hash: as long as it stays, they do.

Beside it they follow from the account's streams and tags and from the organization's policies, which are the same for
all its principals.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

import msgspec

from app.core.model.policy import PolicyDocument
from app.core.model.principal import Iam, Principal, PrincipalKind

_ENCODE = msgspec.json.Encoder(order="deterministic").encode


def inputs_of(iam: Iam) -> dict[str, bytes]:
    """Return the hash of each user, role and root user, by ARN: of all that is its own, and of what it carries."""
    managed = {one.arn: _digest(one) for one in iam.policies if one.arn}
    groups = {
        one.name: _digest([_bare(one), _carried(one, managed)])
        for one in iam.principals
        if one.kind is PrincipalKind.GROUP
    }
    return {
        one.arn: hashlib.sha256(
            _ENCODE([_bare(one), _carried(one, managed), [groups.get(name, "") for name in one.groups]])
        ).digest()
        for one in iam.principals
        if one.kind is not PrincipalKind.GROUP
    }


def _bare(principal: Principal) -> Principal:
    """Return a principal without what moves by itself and decides on nothing: keys, passwords, last use."""
    return replace(principal, last_used_at=None, last_used_region=None, keys=None, credentials=None)


def _carried(principal: Principal, managed: Mapping[str, str]) -> list[str]:
    """Return the digests of the managed policies that it carries; empty where a document was not read."""
    names: Iterable[str | None] = (*principal.attached, principal.boundary)
    return [managed.get(name, "") if name is not None else "" for name in names]


def _digest(content: PolicyDocument | list[object]) -> str:
    return hashlib.sha256(_ENCODE(content)).hexdigest()
