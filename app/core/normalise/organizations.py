"""Organizations' answers → the tree of accounts and its policies. Source: Organizations API Reference."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from app.core.model.account import Account
from app.core.model.organization import Organization, OrganizationAccount, TargetPolicies
from app.core.model.policy import PolicyDocument, PolicyKind

_Raw = Mapping[str, Any]
_KINDS = {"SERVICE_CONTROL_POLICY": PolicyKind.SCP, "RESOURCE_CONTROL_POLICY": PolicyKind.RCP}


def organization(raw: _Raw, _region: str = "") -> Organization:
    """Return the organization; an account outside of any is one of its own, without policies (id "").

    `raw`: {"Organization", "Roots", "Units", "Accounts", "Policies"}; see the collector.
    """
    if raw["Organization"] is None:
        return _alone(raw["Account"])
    parents = {unit["Id"]: unit["ParentId"] for unit in raw["Units"]}
    accounts = (_account(one, parents) for one in raw["Accounts"])
    return Organization(
        id=raw["Organization"]["Id"],
        management_account=int(raw["Organization"]["MasterAccountId"]),
        accounts=tuple(sorted(accounts, key=lambda account: account.id)),
        targets=_targets(raw),
        policy_types=_policy_types(raw),
        unit_names=tuple(sorted((one["Id"], one["Name"]) for one in (*raw["Roots"], *raw["Units"]))),
    )


def _alone(account: Account) -> Organization:
    return Organization("", account.id, (OrganizationAccount(account.id, account.name, "ACTIVE", ()),), ())


def _account(raw: _Raw, parents: Mapping[str, str]) -> OrganizationAccount:
    path = [raw["Id"], raw["ParentId"]]
    while path[-1] in parents:
        path.append(parents[path[-1]])
    # AWS is replacing Status by State; the newer one holds where both are given.
    status = raw.get("State") or raw.get("Status", "")
    return OrganizationAccount(int(raw["Id"]), raw["Name"], status, tuple(reversed(path)))


def _targets(raw: _Raw) -> tuple[TargetPolicies, ...]:
    """Return what hangs on each root, OU and account, empty ones included: there it is known that nothing does."""
    attached: dict[str, dict[PolicyKind, list[PolicyDocument]]] = defaultdict(lambda: defaultdict(list))
    for policy in raw["Policies"]:
        document = _document(policy)
        for target in policy["Targets"]:
            attached[target["TargetId"]][document.kind].append(document)
    return tuple(
        TargetPolicies(target, _in_order(attached[target][PolicyKind.SCP]), _in_order(attached[target][PolicyKind.RCP]))
        for target in sorted(one["Id"] for one in (*raw["Roots"], *raw["Units"], *raw["Accounts"]))
    )


def _document(raw: _Raw) -> PolicyDocument:
    summary = raw["Summary"]
    return PolicyDocument(_KINDS[summary["Type"]], summary["Name"], raw["Content"], arn=summary["Arn"])


def _in_order(policies: list[PolicyDocument]) -> tuple[PolicyDocument, ...]:
    return tuple(sorted(policies, key=lambda policy: policy.arn or ""))


def _policy_types(raw: _Raw) -> tuple[str, ...]:
    enabled = {
        kind["Type"] for root in raw["Roots"] for kind in root.get("PolicyTypes", ()) if kind["Status"] == "ENABLED"
    }
    return tuple(sorted(enabled & set(_KINDS)))
