import json

from app.core.stopping.measures.close_trust import MEASURE
from tests.builders.stopping import ROLE, SERVICE_LINKED, USER, after, caller, target, text_of


def test_the_trust_policy_is_kept_before_it_is_replaced():
    keep, _, put = text_of(MEASURE, target()).partition(" &&\n")
    look, _, kept = keep.rpartition(" > ")
    assert look.startswith(f"test -s {kept} ||\naws iam get-role ")
    (statement,) = json.loads(after("--policy-document", put))["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    back, _, drop = text_of(MEASURE, target(), "Undo").partition(" &&\n")
    assert (after("--policy-document", back), drop) == (f"file://{kept}", f"rm {kept}")
    assert kept not in text_of(MEASURE, target(ROLE + "2"))


def test_it_is_about_roles_that_can_be_changed():
    assert MEASURE.bar(target(USER)) == ""
    assert MEASURE.bar(target(SERVICE_LINKED))


def test_it_says_that_sessions_go_on_and_hits_those_who_took_one():
    assert "12 hours" in MEASURE.leaves
    assert MEASURE.hits(target(), caller())
