"""IoT role aliases and Cognito identity pools."""

from datetime import datetime

from moto.cognitoidentity.models import cognitoidentity_backends
from moto.iot.models import iot_backends

from app.demo.gate.world import World
from app.demo.principals.applications import pool_identifier
from app.demo.seed import Seeder


def seed_devices(world: World, _today: datetime) -> None:
    """Create role aliases and identity pools."""
    for account in world.estate.accounts:
        for alias in account.aliases:
            backend = iot_backends[account.id][alias.region]
            backend.create_role_alias(alias.name, account.role_arn(alias.role), alias.seconds)
        for own in account.pools:
            pools = cognitoidentity_backends[account.id][own.region]
            pools.create_identity_pool(own.name, own.unauthenticated is not None, {}, "", [], [], [], {})
            made = pools.identity_pools.pop(next(reversed(pools.identity_pools)))
            made.identity_pool_id = pool_identifier(account.id, own)
            pools.identity_pools[made.identity_pool_id] = made
            roles = {"authenticated": account.role_arn(own.authenticated)}
            if own.unauthenticated is not None:
                roles["unauthenticated"] = account.role_arn(own.unauthenticated)
            world.items[account.id, own.region, "pool roles"][made.identity_pool_id] = roles


SEED = Seeder(seed_devices)
