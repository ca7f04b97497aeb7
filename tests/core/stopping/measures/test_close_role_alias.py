import subprocess

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
    assert "Whoever else takes sessions of the role goes on, and is counted" in MEASURE.leaves


def test_an_alias_of_a_role_whose_name_begins_alike_is_not_found():
    look, _, _ = text_of(MEASURE, FLEET).rpartition("\n")
    aws = f"""aws() {{ case "$2 $4 $*" in
      list*) echo cam admin ;;
      *"cam "*Arn\\ *) echo {ROLE} ;;
      *Arn\\ *) echo {ROLE}Admin ;;
      *) echo "$4 leads there" ;;
    esac; }}"""
    assert subprocess.check_output(["/bin/sh", "-c", f"{aws}\n{look}\ntrue"], text=True) == "cam leads there\n"


def test_where_the_region_is_not_known_it_is_the_reader_s_to_fill():
    fleet = target(is_device=True)
    assert "--region ROLE-REGION" in text_of(MEASURE, fleet)
    assert [name for name, _ in MEASURE.texts(fleet, NOW)[0].yours] == ["ROLE-ALIAS", "ROLE-REGION"]
    assert [name for name, _ in MEASURE.undo(fleet).yours] == ["ROLE-ALIAS", "ROLE-REGION", "SECONDS"]
