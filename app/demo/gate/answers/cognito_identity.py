"""Cognito identity pools: the roles that a pool hands out, which moto does not keep."""

from typing import Any

from app.demo.gate.answers import Answers
from app.demo.gate.call import Call
from app.demo.gate.errors import AwsError
from app.demo.gate.world import World


def get_identity_pool_roles(world: World, call: Call) -> dict[str, Any]:
    """GetIdentityPoolRoles.

    Raises:
        AwsError: ResourceNotFoundException.
    """
    pool = str(call.params.get("IdentityPoolId"))
    roles = world.items[call.account, call.region, "pool roles"].get(pool)
    if roles is None:
        raise AwsError("ResourceNotFoundException", f"IdentityPool '{pool}' not found.")
    return {"IdentityPoolId": pool, "Roles": roles}


ANSWERS = Answers("cognito-identity", {"GetIdentityPoolRoles": get_identity_pool_roles})
