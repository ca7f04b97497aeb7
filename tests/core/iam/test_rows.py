"""What is left of statements on which resources."""

from typing import Any

from app.core.iam.form import APPLIES
from app.core.iam.index import Index
from app.core.iam.layers import Binding
from app.core.iam.parse import parse
from app.core.iam.rows import StatementRows
from app.core.iam.variables import UNKNOWN, Lookup
from tests.builders.iam import CAMERA, CHANNEL, OTHER_CAMERA, allow, deny, document, snapshot, stream
from tests.builders.policies import HEAD

INDEX = Index(
    Binding(
        snapshot(
            streams=(stream(CAMERA, (("site", "north"),)), stream(OTHER_CAMERA, (("site", "south"),)), stream(CHANNEL))
        )
    )
)
SITE = f"{HEAD}stream/${{aws:PrincipalTag/site}}-*/*"


def of_site(site: str) -> Lookup:
    return lambda key: (site,) if key == "aws:principaltag/site" else UNKNOWN


NORTH = of_site("north")


def number(rows: StatementRows, statement: dict[str, Any], lookup: Lookup = NORTH) -> int:
    (taking,) = rows.taking(parse(document(statement)))
    return rows.number(taking.meaning, lookup)


def found(statement: dict[str, Any], lookup: Lookup = NORTH) -> dict[str, list[str]]:
    """Return the keys on which each resource is left open, by resource."""
    rows = StatementRows(INDEX)
    return {
        arn: sorted(key for clause in rows.residuals[residual] for key in clause.open_keys)
        for residual, bits in rows.rows[number(rows, statement, lookup)]
        for arn in INDEX.arns(bits)
    }


def test_a_statement_takes_what_its_pattern_takes_for_the_principal() -> None:
    statement = allow("kinesisvideo:GetMedia", SITE)

    assert found(statement) == {CAMERA: []}
    assert found(statement, of_site("south")) == {OTHER_CAMERA: []}


def test_a_condition_on_tags_leaves_the_streams_that_have_them() -> None:
    statement = allow("kinesisvideo:GetMedia", Condition={"StringEquals": {"aws:ResourceTag/site": "north"}})

    assert found(statement) == {CAMERA: []}


def test_unknown_keys_leave_a_statement_open_where_it_may_apply() -> None:
    statement = deny("kinesisvideo:*", f"{HEAD}stream/*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})

    assert found(statement) == {CAMERA: ["aws:sourceip"], OTHER_CAMERA: ["aws:sourceip"]}


def test_a_statement_that_takes_nothing_has_no_rows() -> None:
    assert number(StatementRows(INDEX), allow("kinesisvideo:GetMedia", f"{HEAD}stream/none/*")) == 0


def test_what_says_the_same_is_looked_at_once() -> None:
    rows = StatementRows(INDEX)
    (one,) = rows.taking(parse(document(allow("kinesisvideo:GetMedia", SITE, Sid="One"), name="one")))
    (other,) = rows.taking(parse(document(allow("kinesisvideo:PutMedia", SITE), name="other")))

    assert one.meaning is other.meaning
    assert one.actions != other.actions


def test_a_deny_whose_variable_may_have_no_value_is_left_open_and_an_allow_is_not() -> None:
    excluded = {"NotResource": f"{HEAD}stream/${{aws:username}}-*/*", "Action": "kinesisvideo:*"}
    rows = StatementRows(INDEX)

    denied = number(rows, {"Effect": "Deny", **excluded}, lambda _key: None)
    allowed = number(rows, {"Effect": "Allow", **excluded}, lambda _key: None)

    assert [rows.residuals[residual] for residual, _ in rows.rows[allowed]] == [APPLIES]
    assert [rows.residuals[residual] for residual, _ in rows.rows[denied]] != [APPLIES]
