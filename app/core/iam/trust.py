"""Who a role's trust policy names: the statements as they stand, one entry a principal.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "Roles terms and concepts".
"""

from dataclasses import dataclass

from app.core import arn
from app.core.digits import account_number
from app.core.errors import MalformedPolicy
from app.core.iam.parse import Policy, Statement, parse
from app.core.model.entry import TrustedKind
from app.core.model.principal import Principal

IOT_CREDENTIAL_PROVIDER = "credentials.iot.amazonaws.com"
_TAG_SESSION = "sts:TagSession"
_ASSUME = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")


@dataclass(frozen=True, slots=True)
class Trusted:
    """One principal that may assume the role. `condition_keys` restrict it (lower case, sorted).

    `account` is the account that the principal is of, None for services and providers.
    `is_denied`: a statement denies it without condition. `statement` counts from 0.
    """

    kind: TrustedKind
    value: str
    account: int | None
    condition_keys: tuple[str, ...]
    statement: int
    sid: str | None
    is_denied: bool = False


def trusted(role: Principal) -> tuple[Trusted, ...]:
    """Return everyone whom the trust policy of `role` names, in its order. Users and roles never read have none.

    An Allow with NotPrincipal lets in everyone but the named.
    """
    if role.trust is None:
        return ()
    try:
        policy = parse(role.trust)
    except MalformedPolicy as error:
        return (Trusted(TrustedKind.UNREADABLE, str(error), None, (), 0, None),)
    denied = _denied(policy)
    return tuple(
        _entry(kind, value, statement, is_denied=(kind, value) in denied or ("AWS", "*") in denied)
        for statement in policy.statements
        if statement.is_allow and statement.principals is not None and _assumes(statement)
        for kind, value in ((("AWS", "*"),) if statement.principals.is_excluding else statement.principals.pairs)
    )


def trusts_service(role: Principal, service: str) -> bool:
    """Whether an AWS service may assume the role; True when the trust policy is not known."""
    if role.trust is None:
        return True
    return any(
        one.kind is TrustedKind.UNREADABLE
        or one.kind is TrustedKind.EVERYONE
        or (one.kind is TrustedKind.SERVICE and one.value == service)
        for one in trusted(role)
    )


def takes_session_tags(role: Principal) -> bool:
    """Whether a session of the role may bring tags along; True when the trust policy is not known."""
    if role.trust is None:
        return True
    try:
        policy = parse(role.trust)
    except MalformedPolicy:
        return True
    return any(statement.is_allow and statement.takes(_TAG_SESSION) for statement in policy.statements)


def _denied(policy: Policy) -> set[tuple[str, str]]:
    return {
        pair
        for statement in policy.statements
        if not statement.is_allow and not statement.conditions and statement.principals is not None
        if not statement.principals.is_excluding and _assumes(statement)
        for pair in statement.principals.pairs
    }


def _assumes(statement: Statement) -> bool:
    return any(statement.takes(action) for action in _ASSUME)


def _entry(kind: str, value: str, statement: Statement, *, is_denied: bool) -> Trusted:
    keys = tuple(sorted({condition.key for condition in statement.conditions}))
    named, account = _named(kind, value)
    return Trusted(named, value, account, keys, statement.index, statement.sid, is_denied)


def _named(kind: str, value: str) -> tuple[TrustedKind, int | None]:
    match kind:
        case "Service":
            return TrustedKind.SERVICE, None
        case "Federated":
            return (TrustedKind.SAML if ":saml-provider/" in value else TrustedKind.WEB_IDENTITY), None
        case _:
            return _aws(value)


def _aws(value: str) -> tuple[TrustedKind, int | None]:
    if value == "*":
        return TrustedKind.EVERYONE, None
    number = account_number(value)
    if number is not None:
        return TrustedKind.ACCOUNT, number
    kind = TrustedKind.ACCOUNT if value.endswith(":root") else TrustedKind.PRINCIPAL
    # A deleted principal shows as its unique id (AIDA…, AROA…), which names no account.
    return kind, arn.account_id(value)
