import pytest

from app.core.iam.globs import Wild
from app.core.iam.variables import Template, Variable, bound, resolved, template, variables, widest, without_variables
from tests.builders.iam import known

TEAM = Variable("aws:principaltag/team")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("a${aws:PrincipalTag/Team}*", ("a", TEAM, Wild.STAR), id="a variable between text and a star"),
        pytest.param("${aws:username, 'nobody'}", (Variable("aws:username", "nobody"),), id="a default"),
        pytest.param("${*}${?}${$}", ("*", "?", "$"), id="escapes"),
        pytest.param("${aws:username", ("${aws:username",), id="no closing brace"),
        pytest.param("${}", ("${}",), id="no key"),
    ],
)
def test_it_reads_variables(text: str, parts: Template) -> None:
    assert template(text, has_variables=True, has_wildcards=True) == parts


def test_a_value_without_them_keeps_what_is_written_around_them() -> None:
    assert without_variables("a${aws:username}*${?}${}") == "a*${}"


def test_they_are_text_in_old_policies() -> None:
    assert template("${aws:username}", has_variables=False, has_wildcards=False) == ("${aws:username}",)


def test_it_fills_in_known_values_and_joins_the_text() -> None:
    parts = template("cam-${aws:PrincipalTag/team}/*", has_variables=True, has_wildcards=True)

    assert bound(parts, known(**{"aws:PrincipalTag/team": "a*"})) == ("cam-a*/", Wild.STAR)


def test_it_leaves_unknown_ones_open() -> None:
    filled = bound(("cam-", TEAM), known(is_complete=False))

    assert filled == ("cam-", TEAM)
    assert resolved(filled) is None
    assert variables(filled) == ("aws:principaltag/team",)
    assert widest(filled) == ("cam-", Wild.STAR)


@pytest.mark.parametrize("values", [pytest.param(None, id="absent"), pytest.param(("a", "b"), id="several")])
def test_it_has_no_value_without_one_value(values: tuple[str, ...] | None) -> None:
    assert bound((TEAM,), known(**{"aws:PrincipalTag/team": values})) is None


def test_it_takes_the_default_instead() -> None:
    assert bound((Variable("aws:username", "x"),), known()) == ("x",)
