from app.core.stopping.measures.close_role_alias import MEASURE
from tests.builders.stopping import NOW, ROLE, USER, caller, target, text_of, words_of

FLEET = target(is_device=True, region="eu-central-1")


def test_the_aliases_that_lead_to_the_role_are_asked_for_first():
    command = text_of(MEASURE, FLEET)
    look, _, delete = command.rpartition("\n")
    assert ROLE in words_of(look)
    assert delete == "aws iot delete-role-alias --role-alias ROLE-ALIAS --region eu-central-1"
    assert [name for name, _ in MEASURE.texts(FLEET, NOW)[0].yours] == ["ROLE-ALIAS"]
    assert f"--role-arn {ROLE}" in text_of(MEASURE, FLEET, "Undo")


def test_it_is_about_roles_of_devices():
    assert MEASURE.bar(FLEET) is None
    assert MEASURE.bar(target()) == ""
    assert MEASURE.bar(target(USER, is_device=True)) == ""


def test_it_hits_the_whole_fleet():
    assert MEASURE.hits(FLEET, caller(session="a"))
    assert MEASURE.hits(FLEET, caller(session="b"))
