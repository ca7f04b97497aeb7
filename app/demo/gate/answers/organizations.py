"""Organizations: its lists are for the management account only (API reference); moto gives them to every member."""

from app.demo.gate.answers import PASS, Answers, Result
from app.demo.gate.call import Call
from app.demo.gate.errors import AwsError
from app.demo.gate.world import World


def management_only(world: World, call: Call) -> Result:
    """Refuse a member; let moto answer the management account (and strangers: AWSOrganizationsNotInUseException).

    Raises:
        AwsError: AccessDeniedException, in AWS's words.
    """
    is_member = any(account.id == call.account for account in world.estate.members)
    if is_member and call.account != world.estate.management.id:
        raise AwsError("AccessDeniedException", "You don't have permissions to access this resource.")
    return PASS


ANSWERS = Answers(
    "organizations",
    dict.fromkeys(
        (
            "DescribeAccount",
            "DescribeOrganizationalUnit",
            "DescribePolicy",
            "ListAccounts",
            "ListAccountsForParent",
            "ListChildren",
            "ListDelegatedAdministrators",
            "ListOrganizationalUnitsForParent",
            "ListParents",
            "ListPolicies",
            "ListPoliciesForTarget",
            "ListRoots",
            "ListTargetsForPolicy",
        ),
        management_only,
    ),
)
