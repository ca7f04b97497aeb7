import json

from app.core.stopping.measure import name_for
from app.core.stopping.paste import policy
from app.core.stopping.scp import create, take_away
from tests.builders.stopping import after, target

WHAT = policy({"Effect": "Deny"})


def test_a_policy_is_made_and_attached_to_the_account_alone():
    made, attached = create("Stop", WHAT, target()).split("\naws")
    assert made.startswith("id=$(aws organizations create-policy --type SERVICE_CONTROL_POLICY --name Stop ")
    inner = made.removeprefix("id=$(").removesuffix(")")
    assert json.loads(after("--content", inner)) == WHAT
    assert after("--query", inner) == "Policy.PolicySummary.Id"
    assert attached == ' organizations attach-policy --policy-id "$id" --target-id 590817264433'


def test_an_account_that_is_not_known_is_the_reader_s_to_fill():
    assert "--target-id ACCOUNT-ID" in create("Stop", WHAT, target(account=None))


def test_it_is_detached_before_it_is_deleted_in_the_partition_s_region():
    text = take_away("Stop", target("arn:aws-cn:iam::590817264433:role/X")).text
    look, detach, delete = text.split("\n")
    assert after("--query", look.removeprefix("id=$(").removesuffix(")")) == "Policies[?Name=='Stop'].Id"
    assert "detach-policy" in detach
    assert "delete-policy" in delete
    assert text.count("--region cn-north-1") == 3


def test_each_identity_in_each_account_has_a_policy_of_its_own():
    names = {name_for("Stop", whom, target(account=number)) for whom in ("mara", "tomas") for number in (1, 2)}

    assert len(names) == 4
    assert name_for("Stop", "$(x) mara", target()).removeprefix("Stop-").isalnum()
