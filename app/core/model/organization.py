"""AWS Organizations: the tree of accounts and the policies that hang on it."""

from dataclasses import dataclass

from app.core.model.policy import PolicyDocument


@dataclass(frozen=True, slots=True)
class OrganizationAccount:
    """One account of the organization. `path` runs from the root to the account: root, each OU, account id."""

    id: int
    name: str
    status: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetPolicies:
    """The SCPs and RCPs attached to one root, OU or account (`target` is its id)."""

    target: str
    scps: tuple[PolicyDocument, ...]
    rcps: tuple[PolicyDocument, ...]


@dataclass(frozen=True, slots=True)
class Organization:
    """The organization as its management account (or a delegated administrator) sees it.

    `policy_types` are the enabled ones (SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY).
    """

    id: str
    management_account: int
    accounts: tuple[OrganizationAccount, ...]
    targets: tuple[TargetPolicies, ...]
    policy_types: tuple[str, ...] = ()
    unit_names: tuple[tuple[str, str], ...] = ()
    """(OU or root id, name) pairs, for people to read."""
