"""A way into a role: who may assume it."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.model.grant import Outcome

ANY_SAML = "any SAML provider"
ANY_WEB_IDENTITY = "any web identity provider"


class TrustedKind(StrEnum):
    """What a trust policy can name."""

    EVERYONE = "everyone"
    ACCOUNT = "account"
    PRINCIPAL = "principal"
    SERVICE = "service"
    SAML = "saml"
    WEB_IDENTITY = "web_identity"
    UNREADABLE = "unreadable"
    """The trust policy does not parse: anyone might be in it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One who may assume a role, as trust policy, own policies, boundary, SCPs and RCPs together let it.

    `source` is the ARN of a principal, of an account's root or of a provider, a service's name, or "*"; `ANY_SAML` and
    `ANY_WEB_IDENTITY` stand for whomever a provider of the role's account signs in.
    `is_known`: a user or role whose policies were read, so that who gets there can be asked again; else the path ends.
    `is_named`: the trust policy of the same account names it, so that no identity policy has to allow.
    `statement` counts from 0; it is the first one of the trust policy that names the source.
    """

    role: str
    kind: TrustedKind
    source: str
    account: int | None
    outcome: Outcome
    condition_keys: tuple[str, ...] = ()
    is_known: bool = False
    is_named: bool = False
    statement: int | None = None
    sid: str | None = None
