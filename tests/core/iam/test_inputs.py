from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.iam.inputs import inputs_of
from app.core.model.policy import PolicyKind
from app.core.model.principal import AccessKey, Credentials, Iam, PrincipalKind
from tests.builders.iam import NOW, ROLE, allow, deny, document, role

SHARED = document(allow(), name="shared", kind=PolicyKind.MANAGED)
OWN = role(allow(), attached=(str(SHARED.arn),), groups=("all",))
GROUP = role(allow(), arn=ROLE.replace("role/viewer", "group/all"), name="all", kind=PrincipalKind.GROUP)
BEFORE = Iam((OWN, GROUP), (SHARED,))


@pytest.mark.parametrize(
    "after",
    [
        Iam((replace(OWN, inline=(document(deny()),)), GROUP), (SHARED,)),
        Iam((replace(OWN, inline=()), GROUP), (SHARED,)),
        Iam((replace(OWN, tags=(("a", "b"),)), GROUP), (SHARED,)),
        Iam((replace(OWN, trust=None), GROUP), (SHARED,)),
        Iam((replace(OWN, boundary=SHARED.arn), GROUP), (SHARED,)),
        Iam((replace(OWN, groups=()), GROUP), (SHARED,)),
        Iam((replace(OWN, unique_id="AROAOTHER"), GROUP), (SHARED,)),
        Iam((OWN, replace(GROUP, inline=())), (SHARED,)),
        Iam((OWN, replace(GROUP, attached=(str(SHARED.arn),))), (SHARED,)),
        Iam((OWN,), (SHARED,)),
        Iam((OWN, GROUP), (replace(SHARED, document=document(deny()).document),)),
        Iam((OWN, GROUP), ()),
    ],
)
def test_what_decides_changes_the_hash(after: Iam) -> None:
    assert inputs_of(after)[ROLE] != inputs_of(BEFORE)[ROLE]


def test_what_decides_on_nothing_does_not() -> None:
    key = AccessKey("AKIAEXAMPLE", True, NOW)
    used = replace(
        OWN, last_used_at=NOW + timedelta(1), last_used_region="x", keys=(key,), credentials=Credentials(True)
    )
    other = document(deny(), name="other", kind=PolicyKind.MANAGED)

    assert inputs_of(Iam((GROUP, used), (other, SHARED))) == inputs_of(BEFORE)


def test_groups_make_no_calls() -> None:
    assert inputs_of(BEFORE).keys() == {ROLE}
