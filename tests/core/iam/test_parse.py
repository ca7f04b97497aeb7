import json
from dataclasses import replace
from typing import Any

import pytest

from app.core.errors import MalformedPolicy
from app.core.iam.actions import ALL, bit
from app.core.iam.parse import Principals, parse
from app.core.model.policy import PolicyDocument, PolicyKind
from tests.builders.iam import allow, deny, document


def policy(text: Any) -> PolicyDocument:
    return PolicyDocument(PolicyKind.MANAGED, "cams", text if isinstance(text, str) else json.dumps(text), "arn:x")


def test_it_keeps_the_place_of_each_statement() -> None:
    parsed = parse(document(allow(), allow("s3:Get*", Sid="Second")))

    assert [(one.index, one.sid, one.actions) for one in parsed.statements] == [
        (0, None, ("kinesisvideo:*",)),
        (1, "Second", ("s3:Get*",)),
    ]


def test_it_takes_one_statement_without_a_list() -> None:
    parsed = parse(policy({"Version": "2012-10-17", "Statement": allow()}))

    assert len(parsed.statements) == 1


def test_a_policy_without_version_is_an_old_one() -> None:
    parsed = parse(policy({"Statement": [allow()]}))

    assert parsed.version == "2008-10-17"
    assert not parsed.statements[0].has_variables


def test_it_reads_booleans_and_numbers_as_their_text() -> None:
    parsed = parse(
        document(allow(Condition={"Bool": {"aws:SecureTransport": True}, "NumericEquals": {"x:y": [5, "6"]}}))
    )

    values = [one.templates for one in parsed.statements[0].conditions]
    assert values == [(("true",),), (("5",), ("6",))]


def test_it_reads_principals_of_every_kind() -> None:
    statement = allow(Principal={"Service": ["iot.amazonaws.com"], "AWS": "*"})

    assert parse(document(statement, kind=PolicyKind.RESOURCE)).statements[0].principals == Principals(
        (("Service", "iot.amazonaws.com"), ("AWS", "*")), is_excluding=False
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("{", "document: not JSON", id="no JSON"),
        pytest.param('{"Statement": "\ud800"}', "document: not text", id="half a character"),
        pytest.param(
            {"Statement": [{"Effect": "Allow", "Action": "*"}]},
            r"Statement\[0\]: has neither Resource nor",
            id="no resource",
        ),
        pytest.param(
            {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": None}]},
            r"Statement\[0\]\.Condition: not a JSON object",
            id="no condition",
        ),
        pytest.param("[" * 5000 + "]" * 5000, "document: nested too deeply", id="nested"),
        pytest.param([], "document: not a JSON object", id="a list"),
        pytest.param({"Version": "2012-10-17"}, "Statement: missing", id="no statement"),
        pytest.param(
            '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}, "Condition": {}}]}',
            "document: an object has the key 'Condition' twice",
            id="a key twice",
        ),
        pytest.param({"Statement": allow(Principal="*")}, "names principals", id="principals of an identity policy"),
        pytest.param({"Version": "2020-01-01", "Statement": []}, "Version: '2020-01-01'", id="a version of its own"),
        pytest.param({"Statement": ["x"]}, r"Statement\[0\]: not a JSON object", id="a statement that is none"),
        pytest.param({"Statement": [allow(effect="Deny")]}, r"Statement\[0\]: unknown element 'effect'", id="misspelt"),
        pytest.param({"Statement": [allow(Effect="allow")]}, r"Statement\[0\]\.Effect: 'allow'", id="effect"),
        pytest.param({"Statement": [{"Effect": "Allow"}]}, r"Statement\[0\]: has neither Action", id="no action"),
        pytest.param({"Statement": [allow(NotAction="x:y")]}, "both Action and NotAction", id="both actions"),
        pytest.param({"Statement": [allow([])]}, r"Statement\[0\]\.Action: empty list", id="no actions"),
        pytest.param({"Statement": [allow({"a": 1})]}, r"Statement\[0\]\.Action: .* is no text", id="an object"),
        pytest.param(
            {"Statement": [allow(), allow(Condition={"StringIs": {"a:b": "c"}})]},
            r"Statement\[1\]\.Condition\.StringIs: no condition operator",
            id="operator",
        ),
        pytest.param(
            {"Statement": [allow(Condition={"NullIfExists": {"a:b": "true"}})]}, "NullIfExists: no cond", id="Null"
        ),
        pytest.param({"Statement": [allow(Condition={"Bool": "x"})]}, "Condition.Bool: not a JSON object", id="keys"),
    ],
)
def test_it_names_the_policy_and_the_place_of_a_mistake(text: Any, place: str) -> None:
    with pytest.raises(MalformedPolicy, match=f"^policy arn:x: .*{place}"):
        parse(policy(text))


def test_it_knows_the_statements_that_take_an_action() -> None:
    parsed = parse(
        document(
            allow("KinesisVideo:get*"),
            allow("s3:*"),
            {"Effect": "Deny", "NotAction": ["iam:*", "kinesisvideo:*Media"], "Resource": "*"},
        )
    )

    for _ in range(2):
        assert [one.index for one in parsed.taking("kinesisvideo:GetClip")] == [0, 2]
        assert [one.index for one in parsed.taking("kinesisvideo:GetMedia")] == [0]
        assert [one.index for one in parsed.taking("iam:GetUser")] == []


def test_it_knows_what_of_kvs_each_statement_takes() -> None:
    parsed = parse(document(allow("s3:*"), allow(["kinesisvideo:GetClip", "sts:*"]), deny("*")))

    assert [(one.index, mask) for one, mask in parsed.of_kvs] == [(1, bit("kinesisvideo:GetClip")), (2, ALL)]


@pytest.mark.parametrize(
    ("kind", "statement", "place"),
    [
        (PolicyKind.TRUST, {"Principal": "*", "Resource": "*"}, "has a resource"),
        (PolicyKind.TRUST, {}, "has neither Principal nor NotPrincipal"),
        (
            PolicyKind.SESSION,
            {"Resource": "arn:aws:kinesisvideo:*:*"},
            r"Resource: 'arn:aws:kinesisvideo.* no whole ARN",
        ),
        (PolicyKind.RESOURCE, {"Principal": "*"}, "has neither Resource nor NotResource"),
    ],
)
def test_each_kind_of_policy_has_its_elements(kind: PolicyKind, statement: dict[str, Any], place: str) -> None:
    taken = {"Effect": "Allow", "Action": "*", **statement}

    with pytest.raises(MalformedPolicy, match=rf"policy own: Statement\[0\].*{place}"):
        parse(replace(document(taken, kind=kind), arn=None))


def test_a_session_policy_may_mean_every_resource() -> None:
    assert parse(document(allow(resource=["*", "arn:aws:s3:::x"]), kind=PolicyKind.SESSION)).statements
