import json

from app.core.iam.as_json import explanation_json
from app.core.iam.explain import explain
from tests.builders.iam import CAMERA, ROLE, allow, deny, role, snapshot


def test_it_has_the_statement_with_its_lines_and_what_would_have_to_change() -> None:
    found = explanation_json(explain(snapshot(role(allow(Sid="Watch"))), ROLE, "GetMedia", CAMERA))

    (reason,) = json.loads(json.dumps(found))["reasons"]
    assert (found["outcome"], found["verdict"], reason["layer"], reason["via"]) == (
        "allow",
        "allow",
        "identity",
        "inline",
    )
    assert '"Sid": "Watch"' in reason["text"]
    assert reason["marked"]
    assert reason["change"].startswith("To keep the call out")


def test_of_what_decides_nothing_no_change_is_told() -> None:
    condition = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    principal = role(allow(Condition=condition), deny(Condition=condition))

    reasons = explanation_json(explain(snapshot(principal), ROLE, "GetMedia", CAMERA))["reasons"]

    assert isinstance(reasons, list)
    assert [(one["code"], one["change"] is None) for one in reasons] == [
        ("denied_if", False),
        ("allowed_if", True),
        ("conditions_exclude", False),
    ]
