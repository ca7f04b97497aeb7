"""IAM: users, groups, roles, policies, keys; and of AWS's own policies those that the estate attaches."""

import functools
import json
from datetime import datetime, timedelta
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import (
    AccessKey,
    AccessKeyLastUsed,
    AWSManagedPolicy,
    IAMBackend,
    ManagedPolicy,
    MFADevice,
    PolicyVersion,
)

from app.demo.gate.callers import iam
from app.demo.gate.world import World
from app.demo.identifiers import secret, unique_id
from app.demo.nouns import Account, Group, Key, Role, User
from app.demo.nouns import ManagedPolicy as OwnPolicy
from app.demo.seed import Seeder

_REGION = "aws"
"""What moto calls the Region of a global service of the partition."""


def seed_identities(world: World, today: datetime) -> None:
    """Fill the IAM of every account."""
    naive = today.replace(tzinfo=None)
    for account in world.estate.accounts:
        _fill(world, account, naive)


def _fill(world: World, account: Account, today: datetime) -> None:
    backend = iam(account.id)
    cast = account.cast
    for policy in cast.policies:
        _add_policy(backend, account, policy, today)
    for group in cast.groups:
        _add_group(backend, account, group, today)
    for user in cast.users:
        _add_user(world, backend, account, user, today)
    for role in cast.roles:
        _add_role(backend, account, role, today)
    world.items[account.id, "", "root"].update(mfa=account.name != "legacy-cams", key=account.name == "legacy-cams")
    backend.account_aliases = [account.name]


def _add_policy(backend: IAMBackend, account: Account, own: OwnPolicy, today: datetime) -> None:
    made = ManagedPolicy(  # type: ignore[abstract]  # moto makes them itself; its base class says it is abstract
        own.name,
        account_id=account.id,
        region=_REGION,
        description=own.description,
        document=json.dumps(own.documents[0]),
        path=own.path,
        create_date=today - timedelta(days=600),
        update_date=today - timedelta(days=90),
    )
    made.id = unique_id("ANPA", account.id, own.name)
    for number, document in enumerate(own.documents[1:], start=2):
        made.versions.append(
            PolicyVersion(
                made.arn,
                json.dumps(document),
                is_default=False,
                version_id=f"v{number}",
                create_date=today - timedelta(days=90 - number),
            )
        )
        made.update_default_version(f"v{number}")
    backend.managed_policies[made.arn] = made


def _add_group(backend: IAMBackend, account: Account, own: Group, today: datetime) -> None:
    made = backend.create_group(own.name, own.path)
    made.id = unique_id("AGPA", account.id, own.name)
    made.create_date = today - timedelta(days=own.age_days)
    _grant(backend, account, made, own)


def _add_user(world: World, backend: IAMBackend, account: Account, own: User, today: datetime) -> None:
    made = backend.create_user(
        region_name="us-east-1",
        user_name=own.name,
        path=own.path,
        tags=[{"Key": key, "Value": value} for key, value in own.tags.items()],
    )
    made = backend.get_user(own.name) if isinstance(made, tuple) else made
    made.id = unique_id("AIDA", account.id, own.name)
    made.create_date = today - timedelta(days=own.age_days)
    made.password = "set" if own.has_password else None
    if own.has_mfa:
        serial = f"arn:aws:iam::{account.id}:mfa/{own.name}"
        made.mfa_devices[serial] = MFADevice(serial, "000000", "000000")
    _grant(backend, account, made, own)
    for name in own.groups:
        backend.add_user_to_group(name, own.name)
    for key in own.keys:
        _add_key(backend, account, made, key, today)
    if own.boundary is not None:
        world.items[account.id, "", "user boundary"][own.name] = own.boundary


def _add_key(backend: IAMBackend, account: Account, user: Any, own: Key, today: datetime) -> None:
    status = "Active" if own.active else "Inactive"
    key = AccessKey(user.name, "AKIA", account.id, status)  # type: ignore[abstract]  # moto makes them itself; its base class says it is abstract
    key.access_key_id = own.id
    key.secret_access_key = secret(own.id)
    key.create_date = today - timedelta(days=own.age_days)
    if own.last_used_days is not None:
        used_at = today - timedelta(days=own.last_used_days)
        key.last_used = AccessKeyLastUsed(used_at, own.last_used_service, account.regions[0])
    user.access_keys.append(key)
    backend.access_keys[own.id] = key


def _add_role(backend: IAMBackend, account: Account, own: Role, today: datetime) -> None:
    made = backend.create_role(
        role_name=own.name,
        assume_role_policy_document=json.dumps(own.trust),
        path=own.path,
        permissions_boundary=own.boundary,
        description=own.description,
        tags=[{"Key": key, "Value": value} for key, value in own.tags.items()],
        max_session_duration=str(own.max_session_hours * 3600),
    )
    backend.roles[unique_id("AROA", account.id, own.name)] = backend.roles.pop(made.id)
    made.id = unique_id("AROA", account.id, own.name)
    made.create_date = today - timedelta(days=own.age_days)
    if own.last_used_days is not None:
        made.last_used = today - timedelta(days=own.last_used_days)
        made.last_used_region = account.regions[0]  # type: ignore[assignment]  # moto says None until a role is used
    _grant(backend, account, made, own)


def _grant(backend: IAMBackend, account: Account, holder: Any, own: Role | User | Group) -> None:
    for name, document in own.inline.items():
        holder.put_policy(name, json.dumps(document))
    for arn in own.managed:
        if arn not in backend.managed_policies:
            backend.managed_policies[arn] = _aws_policy(arn, account.id)
        backend.managed_policies[arn].attach_to(holder)


def _aws_policy(arn: str, account: str) -> AWSManagedPolicy:
    name = arn.rsplit("/", 1)[-1]
    made = AWSManagedPolicy.from_data(name, account, _REGION, _aws_policies()[name])
    made.id = unique_id("ANPA", "0", name)
    if made.arn != arn:
        raise LookupError(f"{arn} is not the ARN of AWS's policy {name}: {made.arn}")
    return made


@functools.cache
def _aws_policies() -> dict[str, Any]:
    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    return policies


SEED = Seeder(seed_identities)
