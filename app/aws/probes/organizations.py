"""Organizations: the first page of each list, below the root and about AWS's own policy that is on every root."""

from app.aws.collectors._collector import Reach
from app.aws.probes._probe import Asking, Probe, Probes

_NO_ROOT = "r-0000"
_POLICY = "p-FullAWSAccess"
"""AWS's own SCP, in every organization (Organizations User Guide, "Service control policies")."""


def _roots(asking: Asking) -> object:
    return asking.call("organizations", "list_roots")


def _below_root(operation: str) -> Probe:
    def ask(asking: Asking) -> object:
        return asking.call("organizations", operation, ParentId=asking.once("root", lambda: _root(asking), _NO_ROOT))

    return ask


def _root(asking: Asking) -> str:
    return next((str(root["Id"]) for root in asking.call("organizations", "list_roots")["Roots"]), _NO_ROOT)


def _policies(asking: Asking) -> object:
    return asking.call("organizations", "list_policies", Filter="SERVICE_CONTROL_POLICY", MaxResults=1)


PROBES = Probes(
    Reach.GLOBAL,
    {
        "organizations:DescribeOrganization": lambda asking: asking.call("organizations", "describe_organization"),
        "organizations:ListRoots": _roots,
        "organizations:ListOrganizationalUnitsForParent": _below_root("list_organizational_units_for_parent"),
        "organizations:ListAccountsForParent": _below_root("list_accounts_for_parent"),
        "organizations:ListPolicies": _policies,
        "organizations:DescribePolicy": lambda asking: asking.call(
            "organizations", "describe_policy", PolicyId=_POLICY
        ),
        "organizations:ListTargetsForPolicy": lambda asking: asking.call(
            "organizations", "list_targets_for_policy", PolicyId=_POLICY
        ),
    },
)
