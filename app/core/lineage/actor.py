"""The durable principal behind a userIdentity.

Source: CloudTrail User Guide, "CloudTrail userIdentity element"; IAM User Guide, "IAM identifiers" (key
prefixes) and "Logging IAM and AWS STS API calls with AWS CloudTrail" (federated calls). An assumed-role ARN
lacks the role's path and names the session, so it never names a principal here: the role's own ARN does, or a
stand-in that no IAM ARN equals.
"""

from app.core.arn import account_id
from app.core.digits import ACCOUNT_DIGITS, number
from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.trailfile.shape import OnBehalfOf, SessionContext, SessionIssuer, UserIdentity, WebIdFederation, text

UNKNOWN = Actor(ActorKind.UNKNOWN, "unknown", None)
"""Nobody knows who called: the record has no userIdentity (seen on AWS's own service events)."""

_SSO_ROLES = ":role/aws-reserved/sso.amazonaws.com/"
_COGNITO = "cognito-identity.amazonaws.com"


def actor_of(identity: UserIdentity | None) -> Actor:
    """Return who stands behind `identity`, as far as the record itself tells."""
    if identity is None:
        return UNKNOWN
    make = _MAKERS.get(identity.type or "", _unknown)
    return make(identity)


def is_of_identity_center(role: str) -> bool:
    """Return whether IAM Identity Center made a role, by its ARN: nobody else can make one at this path."""
    return _SSO_ROLES in role


def key_kind_of(identity: UserIdentity | None) -> KeyKind:
    """Return what the access key of the call is.

    AWS does not guarantee the prefixes AKIA and ASIA; where there is neither, the type of identity tells: a
    role or a federated user has temporary keys only. A user's temporary key comes from GetSessionToken or the
    console, a federated user's from GetFederationToken, which takes a user's long-term key (STS API Reference).
    """
    if identity is None or not identity.access_key_id:
        return KeyKind.NONE
    if identity.type == "FederatedUser":
        return KeyKind.TEMPORARY_OF_USER
    is_user = identity.type in {"IAMUser", "Root"} and not _is_assumed_root(identity)
    if identity.access_key_id.startswith("AKIA"):
        return KeyKind.LONG_TERM
    if identity.access_key_id.startswith("ASIA") or not is_user:
        return KeyKind.TEMPORARY_OF_USER if is_user else KeyKind.TEMPORARY
    has_session = identity.session_context is not None and identity.session_context.attributes is not None
    return KeyKind.TEMPORARY_OF_USER if has_session else KeyKind.LONG_TERM


def _is_assumed_root(identity: UserIdentity) -> bool:
    """AssumeRoot: an administrator of the organization acts as root of a member, with no key of that root."""
    return identity.session_context is not None and identity.session_context.assumed_root == "true"


# ---------------------------------------------------------------- one function a type


def _user(identity: UserIdentity) -> Actor:
    name = identity.arn or f"user/{identity.user_name or identity.principal_id or 'unknown'}"
    return Actor(ActorKind.USER, name, _account(identity), None, _person(identity))


def _root(identity: UserIdentity) -> Actor:
    return Actor(ActorKind.ROOT, identity.arn or "root", _account(identity), None, _person(identity))


def _assumed_role(identity: UserIdentity) -> Actor:
    session_name = _last_part(identity.arn, "/", 2) or _last_part(identity.principal_id, ":", 1)
    issuer = _issuer(identity)
    role = issuer.arn if issuer is not None and issuer.arn else _role_without_path(identity)
    account = account_id(role) or _account(identity)
    return Actor(ActorKind.ROLE, role, account, session_name, _person(identity, role, session_name))


def _role(identity: UserIdentity) -> Actor:
    role = identity.arn or f"role/{identity.user_name or identity.principal_id or 'unknown'}"
    return Actor(ActorKind.ROLE, role, _account(identity), None, _person(identity))


def _federated(identity: UserIdentity) -> Actor:
    """GetFederationToken: the user or root that called it answers for the session."""
    issuer = _issuer(identity)
    principal = (issuer.arn if issuer is not None else None) or identity.arn or "federated-user/unknown"
    session_name = _last_part(identity.arn, "/", 1) or _last_part(identity.principal_id, ":", 1)
    return Actor(ActorKind.FEDERATED, principal, _account(identity), session_name, _person(identity))


def _service(identity: UserIdentity) -> Actor:
    return Actor(ActorKind.SERVICE, identity.invoked_by or identity.principal_id or "an AWS service", None)


def _foreign_account(identity: UserIdentity) -> Actor:
    """A cross-account call as its target sees it: the account, and an id without a name."""
    whose, _, session_name = (identity.principal_id or "unknown").partition(":")
    account = _account(identity)
    digits = "unknown" if account is None else f"{account:012d}"
    return Actor(ActorKind.ACCOUNT, f"account/{digits}/{whose}", account, session_name or None, _person(identity))


def _identity_center(identity: UserIdentity) -> Actor:
    whose = identity.on_behalf_of or OnBehalfOf()
    user = whose.user_id or identity.user_name or identity.principal_id or "unknown"
    store = whose.identity_store_arn or "identity-center"
    return Actor(ActorKind.PERSON, f"{store}/user/{user}", _account(identity), None, user)


def _web_identity(identity: UserIdentity) -> Actor:
    subject = identity.user_name or identity.principal_id or "unknown"
    provider = identity.identity_provider or "web-identity"
    return Actor(ActorKind.WEB_IDENTITY, f"{provider}:{subject}", _account(identity), None, subject)


def _saml(identity: UserIdentity) -> Actor:
    subject = identity.user_name or identity.principal_id or "unknown"
    provider = identity.identity_provider or "saml"
    return Actor(ActorKind.SAML, f"{provider}:{subject}", _account(identity), None, subject)


def _unknown(identity: UserIdentity) -> Actor:
    """A type that AWS added, `Directory`, `Unknown` or none: named by whatever the record has.

    Of a directory's user and of `Unknown` AWS itself does not know more. Events of services may have `invokedBy` alone.
    """
    if identity.type is None and identity.invoked_by and not identity.arn:
        return _service(identity)
    named = identity.arn or identity.invoked_by or identity.principal_id or identity.user_name
    if named is None and identity.type is None:
        return UNKNOWN
    return Actor(ActorKind.UNKNOWN, named or identity.type or "unknown", _account(identity), None, _person(identity))


_MAKERS = {
    "IAMUser": _user,
    "Root": _root,
    "AssumedRole": _assumed_role,
    "Role": _role,
    "FederatedUser": _federated,
    "AWSService": _service,
    "AWSAccount": _foreign_account,
    "IdentityCenterUser": _identity_center,
    "WebIdentityUser": _web_identity,
    "SAMLUser": _saml,
}


# ---------------------------------------------------------------- parts


def _account(identity: UserIdentity) -> int | None:
    found = number(identity.account_id or "", ACCOUNT_DIGITS)
    if found is not None:
        return found
    return account_id(identity.arn) if identity.arn else None


def _issuer(identity: UserIdentity) -> SessionIssuer | None:
    return identity.session_context.session_issuer if identity.session_context is not None else None


def _role_without_path(identity: UserIdentity) -> str:
    """Return a stand-in for the role: its assumed-role ARN without the session."""
    if identity.arn and identity.arn.count("/") >= 2:  # noqa: PLR2004 - assumed-role/<role>/<session>
        return identity.arn.rsplit("/", 1)[0]
    return identity.arn or f"role/{(identity.principal_id or 'unknown').partition(':')[0]}"


def _last_part(value: str | None, mark: str, at_least: int) -> str | None:
    """Return what stands behind the last `mark`, if there are at least so many."""
    return value.rsplit(mark, 1)[1] or None if value and value.count(mark) >= at_least else None


def _person(identity: UserIdentity, role: str = "", session_name: str | None = None) -> str | None:
    """Return the person whom the record names, the surest source first.

    A source identity is set once and stays through the chain of roles. The session name of an Identity Center
    role is its user's name, written by AWS. Of any other session the name was chosen by the caller and names
    nobody.
    """
    context = identity.session_context or SessionContext()
    if context.source_identity:
        return context.source_identity
    if is_of_identity_center(role) and session_name:
        return session_name
    if identity.on_behalf_of is not None and identity.on_behalf_of.user_id:
        return identity.on_behalf_of.user_id
    return _federated_subject(context.web_id_federation_data)


def _federated_subject(federation: WebIdFederation | None) -> str | None:
    """Return the Cognito identity or OIDC subject of a session; the provider begins the name of each attribute."""
    if federation is None or not federation.attributes:
        return None
    named = text(federation.attributes.get(f"{_COGNITO}:sub"))
    return named or next((text(v) for k, v in federation.attributes.items() if k.endswith(":sub")), None)
