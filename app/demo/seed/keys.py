"""KMS: the customer managed keys of streams."""

from datetime import datetime

from moto.kms.models import kms_backends

from app.demo.gate.world import World
from app.demo.resources import key_arn
from app.demo.seed import Seeder


def seed_keys(world: World, _today: datetime) -> None:
    """Create each account's keys with their aliases."""
    for account in world.estate.accounts:
        for own in account.keys:
            backend = kms_backends[account.id][own.region]
            key = backend.create_key(
                None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", f"{own.alias} of {account.name}", None
            )
            del backend.keys[key.id]
            key.arn = key_arn(account.id, own.region, own.alias)
            key.id = key.arn.rsplit("/", 1)[-1]
            key.key_state, key.enabled = own.state, own.state == "Enabled"
            backend.keys[key.id] = key
            backend.create_alias(key.id, f"alias/{own.alias}")


SEED = Seeder(seed_keys)
