"""Roles, users and groups of one account, as GetAccountAuthorizationDetails gives them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.model.policy import PolicyDocument

SSO_ROLE = "AWSReservedSSO_(.+)_[0-9a-f]{16}"
"""The name of a role that IAM Identity Center made, as a pattern: pages call it by its permission set, group 1."""


class PrincipalKind(StrEnum):
    """What can hold identity policies, and the account's root user, who needs none."""

    ROLE = "role"
    USER = "user"
    GROUP = "group"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A long-term access key of a user. `last_used_at` None: never used, by IAM's own record."""

    id: str
    is_active: bool
    created_at: datetime
    last_used_at: datetime | None = None
    last_used_service: str | None = None
    last_used_region: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user's row of the credential report. None of a field: the report did not say."""

    has_password: bool | None = None
    has_mfa: bool | None = None
    password_last_used_at: datetime | None = None
    active_keys: int | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """One IAM role, user, group or root user of an account.

    `inline` are its own documents; `attached` and `boundary` are ARNs into `Iam.policies`;
    `groups` are group names of the same account. `trust` is the role's AssumeRolePolicyDocument.
    """

    arn: str
    kind: PrincipalKind
    name: str
    path: str
    unique_id: str
    created_at: datetime | None
    tags: tuple[tuple[str, str], ...] = ()
    inline: tuple[PolicyDocument, ...] = ()
    attached: tuple[str, ...] = ()
    boundary: str | None = None
    groups: tuple[str, ...] = ()
    trust: PolicyDocument | None = None
    last_used_at: datetime | None = None
    last_used_region: str | None = None
    keys: tuple[AccessKey, ...] | None = None
    """A user's access keys; None says that they were not read."""
    credentials: Credentials | None = None
    """None says that the credential report was not read."""


@dataclass(frozen=True, slots=True)
class Iam:
    """All of one account's IAM that bears on KVS: principals, and managed policies by ARN."""

    principals: tuple[Principal, ...]
    policies: tuple[PolicyDocument, ...]
