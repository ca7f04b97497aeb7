import json

import pytest

from app.demo.organization import UNITS, policies

POLICIES = policies("o-1")


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_a_policy_fits_in_what_organizations_allows(policy):
    assert len(json.dumps(policy.document)) <= 5120
    assert policy.targets


def test_there_are_scps_and_an_rcp():
    kinds = [policy.type for policy in POLICIES]

    assert kinds.count("SERVICE_CONTROL_POLICY") >= 3
    assert kinds.count("RESOURCE_CONTROL_POLICY") == 1


def test_the_rcp_names_the_organization_and_spares_services():
    control = next(policy for policy in POLICIES if policy.type == "RESOURCE_CONTROL_POLICY")

    (statement,) = control.document["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"]["StringNotEqualsIfExists"] == {"aws:PrincipalOrgID": "o-1"}
    assert statement["Condition"]["BoolIfExists"] == {"aws:PrincipalIsAWSService": "false"}


def test_every_unit_hangs_below_the_root():
    for unit in UNITS:
        above = unit
        for _ in UNITS:
            above = UNITS.get(above, above)
        assert above == "Root"
