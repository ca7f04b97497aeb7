"""Organizations: the tree of accounts and the policies on it, as only the management account sees them.

Source: Organizations API Reference; pages of policies hold 20 and may be empty while more follow.
"""

from typing import Any

from app.aws.collectors._collector import Calls, Collector, PartReader, Reach
from app.aws.errors import NotThere
from app.core.model.account import AccountKind
from app.core.normalise import organizations as normalise

_POLICY_TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
_NOT_IN_USE = "AWSOrganizationsNotInUseException"


def organization(calls: Calls, _needed: Any) -> dict[str, Any]:
    """Return {"Organization", "Roots", "Units", "Accounts", "Policies"}; "Organization" None: an account on its own.

    "Units" and "Accounts" carry "ParentId"; "Policies" are {"Summary", "Content", "Targets"} of the enabled types.
    """
    try:
        found = calls.call("organizations", "describe_organization")["Organization"]
    except NotThere as error:
        if error.code == _NOT_IN_USE:
            return {"Organization": None, "Account": calls.session.account}
        raise
    roots = calls.items("organizations", "list_roots", "Roots")
    units, accounts = _tree(calls, [root["Id"] for root in roots])
    return {
        "Organization": found,
        "Roots": roots,
        "Units": units,
        "Accounts": accounts,
        "Policies": _policies(calls, _enabled(roots)),
    }


def _tree(calls: Calls, parents: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return all units and accounts below `parents`, breadth first, each with its ParentId."""
    units: list[dict[str, Any]] = []
    accounts: list[dict[str, Any]] = []
    waiting = list(parents)
    while waiting:
        parent = waiting.pop(0)
        found = calls.items(
            "organizations", "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent
        )
        units += [{**unit, "ParentId": parent} for unit in found]
        waiting += [unit["Id"] for unit in found]
        below = calls.items("organizations", "list_accounts_for_parent", "Accounts", ParentId=parent)
        accounts += [{**account, "ParentId": parent} for account in below]
    return units, accounts


def _enabled(roots: list[dict[str, Any]]) -> list[str]:
    """Return the policy types that are in force; policies of others may hang there without effect."""
    enabled = {kind["Type"] for root in roots for kind in root.get("PolicyTypes", ()) if kind["Status"] == "ENABLED"}
    return [kind for kind in _POLICY_TYPES if kind in enabled]


def _policies(calls: Calls, kinds: list[str]) -> list[dict[str, Any]]:
    found = []
    for kind in kinds:
        listed = calls.items("organizations", "list_policies", "Policies", Filter=kind)
        for summary in calls.each(listed, "policies"):
            policy = calls.call("organizations", "describe_policy", PolicyId=summary["Id"])["Policy"]
            targets = calls.items("organizations", "list_targets_for_policy", "Targets", PolicyId=summary["Id"])
            found.append({"Summary": summary, "Content": policy["Content"], "Targets": targets})
    return found


COLLECTOR = Collector(
    title="Organizations: accounts, units, SCPs and RCPs",
    reach=Reach.GLOBAL,
    kinds=frozenset({AccountKind.MANAGEMENT}),
    every_s=3600,
    parts=(
        PartReader(
            "organization",
            (
                "organizations:DescribeOrganization",
                "organizations:DescribePolicy",
                "organizations:ListAccountsForParent",
                "organizations:ListOrganizationalUnitsForParent",
                "organizations:ListPolicies",
                "organizations:ListRoots",
                "organizations:ListTargetsForPolicy",
            ),
            organization,
            normalise.organization,
        ),
    ),
)
