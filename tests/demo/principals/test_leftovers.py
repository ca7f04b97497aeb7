from datetime import UTC, datetime

import pytest

from app.core.iam.diagnosis.diagnose import diagnose
from app.core.iam.diagnosis.faults import Fault
from app.core.iam.diagnosis.resources import inventory
from app.core.iam.parse import parse_document
from app.core.model.account import Account, AccountKind
from app.core.model.policy import PolicyDocument, PolicyKind
from app.demo.principals import leftovers

ACCOUNT = 310045578826
REGIONS = ("eu-central-1",)
GATE = f"arn:aws:kinesisvideo:eu-central-1:{ACCOUNT}:stream/gate-01/1704003640273"
THERE = inventory(
    Account(ACCOUNT, "cams", AccountKind.MEMBER, "", None, REGIONS), [GATE], REGIONS, (), organization="o-h4ld3n7k2q"
)
POLICIES = leftovers.gate_migration(str(ACCOUNT)).inline


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("deleted-stream", Fault.NO_SUCH_RESOURCE),
        ("until-2025", Fault.NEVER_AGAIN),
        ("old-organization", Fault.NEVER_HERE),
        ("withdrawn", Fault.DENIED),
        ("twice", Fault.INCLUDED),
    ],
)
def test_each_policy_of_a_migration_that_is_over_does_nothing_in_its_own_way(name: str, fault: Fault):
    policy = parse_document(PolicyDocument(PolicyKind.INLINE, name, ""), POLICIES[name])

    found = diagnose(policy, THERE, datetime(2026, 11, 29, tzinfo=UTC))

    assert [one.fault for one in found if one.fault is not Fault.NO_EFFECT] == [fault]
