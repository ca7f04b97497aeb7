"""The hand-written cases in tests/cases/iam, and the form of a case."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import InvalidInput, MalformedPolicy
from app.core.iam.cases import evaluate_case
from tests.builders.iam import CAMERA, ROLE, allow, deny

FOLDER = Path(__file__).parents[2] / "cases" / "iam"
CASES = [(path.stem, case) for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text())]


def case(**changes: Any) -> dict[str, Any]:
    made = {
        "id": "one",
        "policies": {"identity": [{"Version": "2012-10-17", "Statement": [allow(Sid="Watch")]}]},
        "request": {
            "principal": ROLE,
            "action": "kinesisvideo:GetMedia",
            "resource": CAMERA,
            "resource_account": "111122223333",
            "context": {},
        },
        "context_complete": True,
    }
    return made | changes


@pytest.mark.parametrize("given", [pytest.param(one, id=f"{file}: {one['id']}") for file, one in CASES])
def test_it_decides_a_written_case(given: dict[str, Any]) -> None:
    assert evaluate_case(given)["verdict"] == given["expected"]


@pytest.mark.parametrize(("statements", "verdict"), [(["Allow"], "deny"), (["*", "Deny"], "allow")])
def test_the_form_takes_a_variable_in_a_resource_without_given_value_as_having_none(
    statements: list[str], verdict: str
) -> None:
    on_ones_site = {"Resource": "arn:aws:kinesisvideo:*:*:stream/${aws:PrincipalTag/site}-*"}
    made = {"Allow": allow(**on_ones_site), "Deny": deny(**on_ones_site), "*": allow()}
    identity = [{"Version": "2012-10-17", "Statement": [made[name] for name in statements]}]

    answer = evaluate_case(case(policies={"identity": identity}, context_complete=False, known_keys=[]))

    assert answer["verdict"] == verdict


@pytest.mark.parametrize(
    ("principal", "verdict"),
    [
        ("role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "allow"),
        ("assumed-role/AWSServiceRoleForX/s", "allow"),
        ("assumed-role/OurAWSServiceRoleForX/s", "explicit_deny"),
        ("role/viewer", "explicit_deny"),
    ],
)
def test_no_scp_binds_a_service_linked_role_or_a_session_of_it(principal: str, verdict: str) -> None:
    service = "sts" if principal.startswith("assumed-role") else "iam"
    made = case()
    made["request"]["principal"] = f"arn:aws:{service}::111122223333:{principal}"
    made["policies"]["scp"] = [[{"Version": "2012-10-17", "Statement": [allow(), deny()]}]]

    assert evaluate_case(made)["verdict"] == verdict


def test_it_names_the_statement_that_allows() -> None:
    answer = evaluate_case(case())

    assert answer["id"] == "one"
    (reason,) = answer["reasons"]
    assert reason["sentence"] == "Statement 1 (Watch) of identity 0 allows the call (identity)."
    assert (reason["code"], reason["layer"], reason["policy"]) == ("allowed", "identity", "identity 0")
    assert (reason["statement"], reason["sid"], reason["policy_version"]) == (0, "Watch", None)


def test_it_names_only_the_deny_when_there_is_one() -> None:
    policies = {"identity": [{"Version": "2012-10-17", "Statement": [allow(), deny()]}]}

    answer = evaluate_case(case(policies=policies))

    assert [one["code"] for one in answer["reasons"]] == ["denied"]


def test_it_names_a_malformed_policy() -> None:
    policies = {"identity": [{"Version": "2012-10-17", "Statement": [allow(Effect="Permit")]}]}

    with pytest.raises(MalformedPolicy, match=r"identity 0: Statement\[0\]\.Effect: 'Permit'"):
        evaluate_case(case(policies=policies))


def test_it_refuses_what_is_no_case() -> None:
    with pytest.raises(InvalidInput, match="request: missing"):
        evaluate_case({"id": "broken", "policies": {}})


# ---------------------------------------------------------------- found by those who tried to break it
STREAM = "arn:aws:kinesisvideo:eu-west-1:111122223333:stream/cam/1700000000000"


def judged(*statements: dict[str, Any], context: dict[str, Any] | None = None, **case: Any) -> str:
    asked = {
        "principal": "arn:aws:iam::111122223333:user/bob",
        "action": "kinesisvideo:GetMedia",
        "resource": STREAM,
        "resource_account": "111122223333",
        "context": context or {},
    }
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    made = {"id": 1, "request": asked, "context_complete": context is not None}
    return str(evaluate_case(made | {"policies": {"identity": [document], **case.pop("more", {})}} | case)["verdict"])


def under(operator: str, key: str, values: Any, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": "*", "Resource": "*", "Condition": {operator: {key: values}}}


ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
MANY = [f"${{aws:k{number}}}" for number in range(600)]


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (under("NumericLessThan", "aws:MultiFactorAuthAge", "9e999999999"), "deny"),
        (under("DateLessThan", "aws:CurrentTime", "1e20000000"), "deny"),
        (under("NumericLessThan", "aws:MultiFactorAuthAge", "1" + "0" * 30), "conditional"),
        (under("StringEquals", "aws:SourceIdentity", MANY), "conditional"),
        (ANYTHING | {"Resource": [f"{STREAM[:-17]}{name}/*" for name in MANY]}, "deny"),
        (under("StringLike", "aws:UserAgent", "*a" * 4000 + "*b"), "conditional"),
    ],
    ids=["overflow", "date", "large", "variables", "resources", "stars"],
)
@pytest.mark.timeout(10)
def test_what_somebody_wrote_to_break_it_is_judged_in_time(statement: dict[str, Any], verdict: str) -> None:
    assert judged(statement) == verdict


def test_no_rcp_binds_the_management_account() -> None:
    deny = {"Version": "2012-10-17", "Statement": [ANYTHING | {"Effect": "Deny"}]}

    assert judged(ANYTHING, context={}, more={"rcp": [deny]}) == "explicit_deny"
    assert judged(ANYTHING, context={}, more={"rcp": [deny]}, management_account=True) == "allow"


def test_a_known_key_that_is_no_expression_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"/\(/ is no regular expression"):
        judged(under("StringEquals", "aws:x", "1"), known_keys=["/(/"])


OWNER = "${aws:PrincipalTag/owner}"
APART = {"StringEqualsIgnoreCase": {"aws:SourceIdentity": OWNER}, "StringNotEquals": {"aws:SourceIdentity": OWNER}}
ALL_DIFFER = {f"aws:k{n}": [f"${{aws:k{m}}}" for m in range(n)] for n in range(1, 7)}


@pytest.mark.parametrize(
    "statements",
    [
        [ANYTHING, ANYTHING | {"Effect": "Deny", "Condition": APART}],
        [
            under("StringEqualsIgnoreCase", "aws:SourceIdentity", OWNER),
            under("StringEquals", "aws:SourceIdentity", OWNER, "Deny"),
        ],
        [
            ANYTHING | {"Condition": {"StringNotEquals": ALL_DIFFER}},
            *(under("Null", f"aws:k{n}", "true", "Deny") for n in range(7)),
        ],
    ],
    ids=["denied but for case", "allowed but for case", "seven that differ"],
)
def test_what_two_values_do_not_tell_apart_stays_open(statements: list[dict[str, Any]]) -> None:
    assert judged(*statements) == "conditional"


@pytest.mark.parametrize(("resource", "verdict"), [(CAMERA, "implicit_deny"), ("*", "allow")])
def test_an_action_without_resource_type_is_never_called_on_a_stream(resource: str, verdict: str) -> None:
    identity = [{"Version": "2012-10-17", "Statement": [allow("kinesisvideo:ListStreams", resource)]}]
    asked = case(policies={"identity": identity})
    asked["request"] |= {"action": "kinesisvideo:ListStreams", "resource": CAMERA}

    assert evaluate_case(asked)["verdict"] == verdict


SITE, TEAM = "aws:PrincipalTag/site", "aws:PrincipalTag/team"


@pytest.mark.parametrize(
    "conditions",
    [
        {"StringLike": {SITE: "north-*", TEAM: "north-*"}, "StringNotEquals": {SITE: f"${{{TEAM}}}"}},
        {"StringLike": {SITE: "a*", TEAM: "*b"}, "StringEquals": {SITE: f"${{{TEAM}}}"}},
        {"StringLike": {SITE: "north-*"}, "StringNotEquals": {"aws:username": f"${{{SITE}}}"}},
        {"StringLike": {SITE: "north*"}, "StringNotEquals": {SITE: f"${{{TEAM}, 'north'}}"}, "Null": {TEAM: "true"}},
        {"StringEqualsIgnoreCase": {SITE: "north", TEAM: "north"}, "StringNotEquals": {SITE: f"${{{TEAM}}}"}},
    ],
)
@pytest.mark.parametrize("is_denied", [False, True])
def test_keys_that_are_compared_with_each_other_may_differ_within_a_pattern(
    conditions: dict[str, Any], *, is_denied: bool
) -> None:
    open_one = deny(Condition=conditions) if is_denied else allow(Condition=conditions)
    statements = [allow(), open_one] if is_denied else [open_one]
    request = case()["request"] | {"context": {"aws:username": "north-"}}

    given = case(
        policies={"identity": [{"Version": "2012-10-17", "Statement": statements}]},
        request=request,
        context_complete=False,
    )

    assert evaluate_case(given)["verdict"] == "conditional"


@pytest.mark.parametrize(("every", "some", "verdict"), [("abcdefghij", "xyz", "deny"), ("abc", "cxyz", "conditional")])
def test_long_lists_that_exclude_each_other_are_seen_as_such(every: str, some: str, verdict: str) -> None:
    conditions = {
        "ForAllValues:StringEquals": {"aws:TagKeys": list(every)},
        "ForAnyValue:StringEquals": {"aws:TagKeys": list(some)},
    }
    identity = [{"Version": "2012-10-17", "Statement": [allow(Condition=conditions)]}]

    assert evaluate_case(case(policies={"identity": identity}, context_complete=False))["verdict"] == verdict


def test_bytes_are_never_only_those_of_the_policy() -> None:
    statements = [
        allow(Condition={"BinaryEquals": {"aws:x": "b3RoZXI="}}),
        allow(Condition={"Null": {"aws:x": "true"}}),
    ]
    identity = [{"Version": "2012-10-17", "Statement": statements}]

    assert evaluate_case(case(policies={"identity": identity}, context_complete=False))["verdict"] == "conditional"


def asked(**changes: Any) -> dict[str, Any]:
    return case(request=case()["request"] | changes)


def test_a_federated_user_without_session_policy_may_do_nothing() -> None:
    given = asked(principal="arn:aws:sts::111122223333:federated-user/bob")
    session = {"Version": "2012-10-17", "Statement": [allow()]}

    assert evaluate_case(given)["verdict"] == "implicit_deny"
    assert evaluate_case(given | {"policies": given["policies"] | {"session": [session]}})["verdict"] == "allow"


def test_the_resource_names_its_account_where_the_case_does_not() -> None:
    request = asked(principal="arn:aws:iam::444455556666:role/viewer")["request"]
    del request["resource_account"]

    assert evaluate_case(case(request=request))["verdict"] == "implicit_deny"


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (case(policies={"limit": []}), "policies: unknown kind 'limit'"),
        (case(context_complete="false"), "context_complete"),
        (case(management_account="false"), "management_account"),
        (case(known_keys="aws:x"), "known_keys"),
        (asked(resource=["*"]), r"request\.resource"),
        (asked(action=None), r"request\.action"),
        (asked(context={"aws:x": None}), r"request\.context\.aws:x"),
        (asked(context={"aws:x": [["a"]]}), r"request\.context\.aws:x"),
    ],
)
def test_what_might_be_read_otherwise_than_it_was_meant_is_refused(given: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidInput, match=place):
        evaluate_case(given)


@pytest.mark.parametrize("empty", [None, []])
def test_what_is_null_or_empty_is_not_there(empty: Any) -> None:
    given = case(known_keys=None, management_account=None, context_complete=None)
    given["policies"] |= {"session": empty, "boundary": empty, "endpoint": empty, "scp": empty, "rcp": empty}

    assert evaluate_case(given)["verdict"] == "allow"


USER = "arn:aws:iam::111122223333:user/ann"
SESSION = "arn:aws:sts::111122223333:assumed-role/viewer/ann"
FEDERATED = "arn:aws:sts::111122223333:federated-user/ann"


@pytest.mark.parametrize(
    ("principal", "named", "limits", "verdict"),
    [
        (USER, USER, "boundary", "allow"),
        (USER, "111122223333", "boundary", "implicit_deny"),
        (USER, "*", "boundary", "allow"),
        (SESSION, SESSION, "boundary", "allow"),
        (SESSION, SESSION, "session", "allow"),
        (SESSION, ROLE, "boundary", "implicit_deny"),
        (ROLE, ROLE, "boundary", "implicit_deny"),
        (FEDERATED, FEDERATED, "session", "allow"),
    ],
)
def test_a_resource_policy_that_names_a_user_or_session_itself_is_not_limited(
    principal: str, named: str, limits: str, verdict: str
) -> None:
    granting = allow(Principal={"AWS": named})
    given = case(policies={"resource": [{"Version": "2012-10-17", "Statement": [granting]}]})
    given["policies"][limits] = [{"Version": "2012-10-17", "Statement": [allow("s3:*")]}]
    given["request"]["principal"] = principal

    assert evaluate_case(given)["verdict"] == verdict

    given["policies"][limits] = [{"Version": "2012-10-17", "Statement": [allow(), deny()]}]
    assert evaluate_case(given)["verdict"] == "explicit_deny"
