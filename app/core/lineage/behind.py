"""What stands at the beginning of a chain: a person, a device, a workload or a federated identity.

Sources: CloudTrail User Guide, "CloudTrail userIdentity element" (inScopeOf); AWS IoT Developer Guide, "Authorizing
direct calls to AWS services"; Amazon Cognito Developer Guide, "Identity pools". How a service names its sessions is
mostly undocumented: the name is shown as it is.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.core.lineage.chain import Chain, End
from app.core.lineage.device import is_certificate_id, is_of_device
from app.core.model.event import Actor, ActorKind
from app.core.model.session import IssuedSession
from app.core.trailfile.shape import UserIdentity

COGNITO = "cognito-identity.amazonaws.com"
COGNITO_IDENTITY = re.compile(r"[a-z]{2}[a-z0-9-]*-\d:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""An identity ID (Amazon Cognito API Reference: REGION:GUID)."""


class BehindKind(StrEnum):
    """What began it, in the words of the drawer."""

    PERSON = "person"
    USER = "user"
    ROOT = "root user"
    FEDERATED = "federated user"
    DEVICE = "device"
    WORKLOAD = "workload"
    COGNITO = "Cognito identity"
    WEB_IDENTITY = "web identity"


@dataclass(frozen=True, slots=True)
class Behind:
    """Who or what began a chain, and by what that is known. `name` is what a record calls it, or its `principal`."""

    kind: BehindKind
    name: str | None
    principal: str
    why: str


def behind(found: Chain) -> Behind | None:
    """Return what a chain begins with; None where it breaks: then somebody stands behind, unseen."""
    if not found.is_complete or found.origin is None:
        return None
    if found.end is End.SERVICE:
        return _of_service(found.hops[-1].session)
    kind = _KINDS.get(found.origin.kind, BehindKind.PERSON)
    if kind is BehindKind.WEB_IDENTITY and is_cognito(found.origin):
        kind = BehindKind.COGNITO
    return Behind(kind, found.origin.person, found.origin.principal, found.why)


def is_cognito(actor: Actor) -> bool:
    """Return whether an identity pool vouches for a web identity."""
    return actor.principal.startswith(f"{COGNITO}:")


def named_kind(person: str) -> BehindKind:
    """Return what a person is whom a record names: an identity ID is of an app's user, of whom no more is known."""
    return BehindKind.COGNITO if COGNITO_IDENTITY.fullmatch(person) else BehindKind.PERSON


def workload_of(identity: UserIdentity | None) -> str | None:
    """Return the function, task or other resource to which the credentials were issued, if the record says so."""
    scope = identity.in_scope_of if identity is not None else None
    if scope is None:
        return None
    return scope.credentials_issued_to or scope.source_arn


def _of_service(session: IssuedSession) -> Behind:
    service, name = session.caller.principal, session.session_name
    if is_of_device(session):
        is_certificate = name is not None and is_certificate_id(name)
        named = f"certificate {name}" if is_certificate else f"device session {name or 'without a name'}"
        return Behind(
            BehindKind.DEVICE, named, service, "AWS IoT issued its credentials to the holder of a certificate"
        )
    return Behind(BehindKind.WORKLOAD, name, service, f"{service} took the session for a workload of this account")


_KINDS = {
    ActorKind.USER: BehindKind.USER,
    ActorKind.ROOT: BehindKind.ROOT,
    ActorKind.FEDERATED: BehindKind.FEDERATED,
    ActorKind.WEB_IDENTITY: BehindKind.WEB_IDENTITY,
}
