"""Who a role's trust policy names: the statements as they stand, one entry a principal.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "Roles terms and concepts".
"""

from dataclasses import dataclass
from functools import lru_cache

from app.core import arn
from app.core.digits import account_number
from app.core.errors import MalformedPolicy
from app.core.iam.parse import Policy, Statement, parse
from app.core.iam.principals import EVERYONE
from app.core.model.entry import TrustedKind
from app.core.model.policy import PolicyDocument
from app.core.model.principal import Principal

IOT_CREDENTIAL_PROVIDER = "credentials.iot.amazonaws.com"
ASSUME = "sts:AssumeRole"
WITH_SAML = "sts:AssumeRoleWithSAML"
WITH_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
CALLS = (ASSUME, WITH_SAML, WITH_WEB_IDENTITY)
_TAG_SESSION = "sts:TagSession"
_SAML_PROVIDER = ":saml-provider/"


@dataclass(frozen=True, slots=True)
class Trusted:
    """One principal that may assume the role. `condition_keys` restrict it (lower case, sorted).

    `account` is the account that the principal is of, None for services and providers. `call` is the action by which
    it comes. `is_denied`: a statement denies it that call without condition. `statement` counts from 0.
    """

    kind: TrustedKind
    value: str
    account: int | None
    condition_keys: tuple[str, ...]
    statement: int
    sid: str | None
    is_denied: bool = False
    call: str = ASSUME


def trusted(role: Principal) -> tuple[Trusted, ...]:
    """Return everyone whom the trust policy of `role` names, in its order. Users and roles never read have none.

    An Allow with NotPrincipal lets in everyone but the named. Whom a Deny with NotPrincipal exempts stands at the end:
    where everyone is let in and all but a few are denied, these few are whom it names.
    """
    if role.trust is None:
        return ()
    try:
        policy = _parsed(role.trust)
    except MalformedPolicy as error:
        return (Trusted(TrustedKind.UNREADABLE, str(error), None, (), 0, None),)
    named = [(statement, pair) for statement in policy.statements for pair in _let_in(statement)]
    exempt = [(statement, pair) for statement in policy.statements for pair in _exempt(statement)]
    return tuple(
        _entry(policy, statement, pair, call)
        for statement, pair in (*named, *exempt)
        for call in _calls(*pair)
        if statement.takes(call)
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
        policy = _parsed(role.trust)
    except MalformedPolicy:
        return True
    return any(statement.is_allow and statement.takes(_TAG_SESSION) for statement in policy.statements)


@lru_cache(maxsize=256)
def _parsed(document: PolicyDocument) -> Policy:
    """Return a trust policy; many roles have the same, and several questions are asked of each."""
    return parse(document)


def _let_in(statement: Statement) -> tuple[tuple[str, str], ...]:
    if not statement.is_allow or statement.principals is None:
        return ()
    return (("AWS", EVERYONE),) if statement.principals.is_excluding else statement.principals.pairs


def _exempt(statement: Statement) -> tuple[tuple[str, str], ...]:
    if statement.is_allow or statement.principals is None or not statement.principals.is_excluding:
        return ()
    return statement.principals.pairs


def _calls(kind: str, value: str) -> tuple[str, ...]:
    """Return the actions by which a principal comes into a role (STS API Reference, "Actions").

    Whoever a provider signs in calls STS without credentials of AWS: among everyone it comes by another call.
    """
    if kind == "Federated":
        if value == EVERYONE:
            return (WITH_SAML, WITH_WEB_IDENTITY)
        return (WITH_SAML,) if _SAML_PROVIDER in value else (WITH_WEB_IDENTITY,)
    return CALLS if (kind, value) == ("AWS", EVERYONE) else (ASSUME,)


def _entry(policy: Policy, statement: Statement, pair: tuple[str, str], call: str) -> Trusted:
    keys = tuple(sorted({condition.key for condition in statement.conditions}))
    kind, account = _named(*pair, call)
    is_denied = any(_denies(one, pair, call) for one in policy.statements)
    return Trusted(kind, pair[1], account, keys, statement.index, statement.sid, is_denied, call)


def _denies(statement: Statement, pair: tuple[str, str], call: str) -> bool:
    """Whether a statement denies a principal its call, whatever else the request is."""
    element = statement.principals
    if statement.is_allow or statement.conditions or element is None or element.is_excluding:
        return False
    return statement.takes(call) and (pair in element.pairs or ("AWS", EVERYONE) in element.pairs)


def _named(kind: str, value: str, call: str) -> tuple[TrustedKind, int | None]:
    if call == WITH_SAML:
        return TrustedKind.SAML, None
    if call == WITH_WEB_IDENTITY:
        return TrustedKind.WEB_IDENTITY, None
    return (TrustedKind.SERVICE, None) if kind == "Service" else _aws(value)


def _aws(value: str) -> tuple[TrustedKind, int | None]:
    if value == EVERYONE:
        return TrustedKind.EVERYONE, None
    number = account_number(value)
    if number is not None:
        return TrustedKind.ACCOUNT, number
    kind = TrustedKind.ACCOUNT if value.endswith(":root") else TrustedKind.PRINCIPAL
    # A deleted principal shows as its unique id (AIDA…, AROA…), which names no account.
    return kind, arn.account_id(value)
