"""Organizations: the tree, the accounts in it, SCPs and RCPs. Every identifier is the estate's own."""

import json
from datetime import datetime, timedelta

from moto.organizations.models import FakeAccount, OrganizationsBackend, organizations_backends

from app.demo.gate.world import World
from app.demo.identifiers import digest
from app.demo.nouns import Estate
from app.demo.seed import Seeder

_ROOT = "Root"
_TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


def seed_organization(world: World, today: datetime) -> None:
    """Build the organization in the management account."""
    estate = world.estate
    backend = organizations_backends[estate.management.id]["aws"]
    backend.create_organization("us-east-1", FeatureSet="ALL")
    _name_organization(backend, estate, today)
    ids = _add_units(backend, estate) | {account.name: account.id for account in estate.members}
    _add_accounts(backend, estate, ids, today)
    for policy_type in _TYPES:
        backend.enable_policy_type(RootId=estate.root_id, PolicyType=policy_type)
    _add_policies(backend, estate, ids)


def _name_organization(backend: OrganizationsBackend, estate: Estate, today: datetime) -> None:
    organization, root, first = backend.org, backend.ou[0], backend.accounts[0]
    if organization is None:
        raise LookupError("moto made no organization")
    organization.id, organization.root_id = estate.organization_id, estate.root_id
    organization.master_account_email = _email(estate.management.name)
    root.id, root.organization_id = estate.root_id, estate.organization_id
    first.name, first.email = estate.management.name, organization.master_account_email
    first.organization_id, first.parent_id = estate.organization_id, estate.root_id
    first.create_time = today.replace(tzinfo=None) - timedelta(days=1900)
    for policy in backend.policies:
        policy.organization_id = estate.organization_id


def _add_units(backend: OrganizationsBackend, estate: Estate) -> dict[str, str]:
    ids = {_ROOT: estate.root_id}
    for name, parent in estate.units.items():
        backend.create_organizational_unit(Name=name, ParentId=ids[parent])
        unit = backend.ou[-1]
        unit.id = ids[name] = f"ou-{estate.root_id[2:]}-{digest('unit', name).hex()[:8]}"
    return ids


def _add_accounts(backend: OrganizationsBackend, estate: Estate, ids: dict[str, str], today: datetime) -> None:
    if backend.org is None:
        raise LookupError("moto made no organization")
    for number, account in enumerate(estate.members):
        if account.kind == "management":
            continue
        made = FakeAccount(backend.org, AccountName=account.name, Email=_email(account.name))
        made.id = account.id
        made.parent_id = ids[account.unit]
        made.create_time = today.replace(tzinfo=None) - timedelta(days=1500 - 97 * number)
        backend.accounts.append(made)
        organizations_backends.master_accounts[account.id] = (estate.management.id, "aws")


def _add_policies(backend: OrganizationsBackend, estate: Estate, ids: dict[str, str]) -> None:
    everything = [unit.id for unit in backend.ou] + [account.id for account in backend.accounts]
    for default in ("p-FullAWSAccess", "p-RCPFullAWSAccess"):
        for target in everything:
            backend.attach_policy(PolicyId=default, TargetId=target)
    for policy in estate.policies:
        backend.create_policy(
            Name=policy.name, Description=policy.description, Type=policy.type, Content=json.dumps(policy.document)
        )
        made = backend.policies[-1]
        made.id = f"p-{digest('policy', policy.name).hex()[:8]}"
        for target in policy.targets:
            if target in ids:
                backend.attach_policy(PolicyId=made.id, TargetId=ids[target])


def _email(account: str) -> str:
    return f"aws+{account}@halden.example"


SEED = Seeder(seed_organization)
