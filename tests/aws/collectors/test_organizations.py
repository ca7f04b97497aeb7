import pytest

from app.aws.collectors.organizations import organization
from app.aws.errors import Denied

MANAGEMENT, MEMBER = "halden-management", "cams-prod-eu"


def test_it_reads_the_tree_and_what_hangs_on_it(aws, calls_of):
    found = organization(calls_of(MANAGEMENT), None)
    assert found["Organization"]["Id"] == aws.estate.organization_id
    assert {one["Name"] for one in found["Units"]} == set(aws.estate.units)
    assert {one["Id"] for one in found["Accounts"]} == {account.id for account in aws.estate.members}
    assert {one.name for one in aws.estate.policies} <= {one["Summary"]["Name"] for one in found["Policies"]}
    assert all(policy["Content"].startswith("{") for policy in found["Policies"])


def test_a_member_may_not_read_it(calls_of):
    with pytest.raises(Denied) as told:
        organization(calls_of(MEMBER), None)
    assert told.value.missing.startswith("organizations:")


def test_an_account_of_no_organization_stands_alone(aws, calls_of):
    aws.faults({"service": "organizations", "error": "AWSOrganizationsNotInUseException"})
    calls = calls_of(MANAGEMENT)
    assert organization(calls, None) == {"Organization": None, "Account": calls.session.account}


def test_policies_of_types_that_are_not_in_force_are_not_asked_for(aws, calls_of):
    aws.gate.ledger.clear()
    organization(calls_of(MANAGEMENT), None)
    asked = {call.params["Filter"] for call in aws.gate.ledger.calls if call.operation == "ListPolicies"}
    assert asked <= {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"}
