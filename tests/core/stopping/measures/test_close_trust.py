import json

from app.core.stopping.measures.close_trust import MEASURE
from tests.builders.stopping import SERVICE_LINKED, USER, after, caller, target, text_of


def test_the_trust_policy_is_kept_before_it_is_replaced():
    keep, _, put = text_of(MEASURE, target()).partition(" &&\n")
    assert keep.endswith("> trust-policy-before.json")
    (statement,) = json.loads(after("--policy-document", put))["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert after("--policy-document", text_of(MEASURE, target(), "Undo")) == "file://trust-policy-before.json"


def test_it_is_about_roles_that_can_be_changed():
    assert MEASURE.bar(target(USER)) == ""
    assert MEASURE.bar(target(SERVICE_LINKED))


def test_it_says_that_sessions_go_on_and_hits_those_who_took_one():
    assert "12 hours" in MEASURE.leaves
    assert MEASURE.hits(target(), caller())
