import json

import pytest
from botocore.exceptions import ClientError


def test_the_management_account_lists_all_accounts(client):
    accounts = client("organizations", "halden-management").list_accounts()["Accounts"]

    assert {account["Name"]: account["Id"] for account in accounts} == {
        "halden-management": "148803265917",
        "log-archive": "269930174852",
        "cams-prod-eu": "310045578826",
        "clinic-video": "590817264433",
    }
    assert all("/o-h4ld3n7k2q/" in account["Arn"] for account in accounts)


def test_a_member_may_not(client):
    with pytest.raises(ClientError, match="AccessDeniedException"):
        client("organizations", "clinic-video").list_accounts()

    organization = client("organizations", "clinic-video").describe_organization()["Organization"]
    assert organization["MasterAccountId"] == "148803265917"


def test_the_tree_leads_from_the_root_to_every_account(client):
    organizations = client("organizations", "halden-management")
    root = organizations.list_roots()["Roots"][0]

    def below(parent: str) -> list[str]:
        accounts = [a["Name"] for a in organizations.list_accounts_for_parent(ParentId=parent)["Accounts"]]
        units = organizations.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"]
        return accounts + [name for unit in units for name in below(unit["Id"])]

    assert sorted(below(root["Id"])) == ["cams-prod-eu", "clinic-video", "halden-management", "log-archive"]
    assert {kind["Type"] for kind in root["PolicyTypes"]} == {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"}


def test_policies_are_told_by_target(client):
    organizations = client("organizations", "halden-management")
    parent = organizations.list_parents(ChildId="590817264433")["Parents"][0]["Id"]

    def names(kind: str) -> dict[str, str]:
        listed = organizations.list_policies_for_target(TargetId=parent, Filter=kind)["Policies"]
        return {policy["Name"]: policy["Id"] for policy in listed}

    assert set(names("SERVICE_CONTROL_POLICY")) == {"FullAWSAccess", "KeepClinicFootage"}
    assert set(names("RESOURCE_CONTROL_POLICY")) == {"RCPFullAWSAccess", "ClinicVideoStaysInside"}
    control = names("RESOURCE_CONTROL_POLICY")["ClinicVideoStaysInside"]
    content = json.loads(organizations.describe_policy(PolicyId=control)["Policy"]["Content"])
    assert content["Statement"][0]["Condition"]["StringNotEqualsIfExists"] == {"aws:PrincipalOrgID": "o-h4ld3n7k2q"}
