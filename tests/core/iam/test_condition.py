import pytest

from app.core.iam.condition import FAMILIES, OPERATORS, Condition, atom, condition, operator_of, outcome
from app.core.iam.variables import UNKNOWN
from tests.builders.iam import known

OPEN = known(is_complete=False)


def made(operator: str, *values: str, key: str = "aws:ResourceTag/site") -> Condition:
    found = condition(operator, key, values, has_variables=True)
    assert found is not None
    return found


def test_the_folder_holds_every_family() -> None:
    assert sorted(FAMILIES) == ["arn", "binary", "boolean", "date", "ip", "null", "numeric", "string"]
    assert len(OPERATORS) == 27


@pytest.mark.parametrize(
    ("name", "read"),
    [
        pytest.param("stringequals", ("StringEquals", "", False), id="case"),
        pytest.param("StringLikeIfExists", ("StringLike", "", True), id="if exists"),
        pytest.param("ForAnyValue:ArnLike", ("ArnLike", "ForAnyValue", False), id="any"),
        pytest.param("ForAllValues:BoolIfExists", ("Bool", "ForAllValues", True), id="all"),
        pytest.param("StringIs", None, id="unknown"),
        pytest.param("NullIfExists", None, id="Null has no IfExists"),
    ],
)
def test_it_reads_an_operator(name: str, read: tuple[str, str, bool] | None) -> None:
    assert operator_of(name) == read


def test_an_unknown_key_leaves_the_condition_open() -> None:
    left = outcome(made("StringEquals", "north"), OPEN)

    assert isinstance(left, Condition)
    assert left.open_keys == ("aws:resourcetag/site",)


def test_a_known_key_with_an_open_variable_stays_open_on_the_variable_alone() -> None:
    tag = made("StringEquals", "${aws:PrincipalTag/site}")

    left = outcome(tag, known(is_complete=False, **{"aws:ResourceTag/site": "north"}))

    assert isinstance(left, Condition)
    assert left.open_keys == ("aws:principaltag/site",)
    assert outcome(left, known(**{"aws:PrincipalTag/site": "north"})) is True
    assert outcome(left, known(**{"aws:PrincipalTag/site": "south"})) is False


def test_an_absent_key_decides_although_the_value_is_open() -> None:
    lookup = known(is_complete=False, **{"aws:ResourceTag/site": None})

    assert outcome(made("StringEquals", "${x:y}"), lookup) is False
    assert outcome(made("StringNotEquals", "${x:y}"), lookup) is True


def test_an_empty_text_counts_as_missing_for_all_values() -> None:
    lookup = known(**{"aws:ResourceTag/site": ""})

    assert outcome(made("ForAllValues:StringEquals", "north"), lookup) is True


def test_it_keeps_its_values_as_they_are_written() -> None:
    assert made("StringEquals", "${*}", "a").written == ("${*}", "a")


def test_equal_conditions_are_equal_values() -> None:
    assert made("StringEquals", "a", key="AWS:ResourceTag/Site") == made("stringequals", "a")


def test_unknown_is_neither_absent_nor_a_value() -> None:
    assert OPEN("x:y") is UNKNOWN


@pytest.mark.parametrize("value", [None, (), ("",), ("10.0.0.1",), ("7",), ("7", "10.0.0.1")])
@pytest.mark.parametrize("operator", sorted(name for name, one in OPERATORS.items() if one.is_negated))
def test_a_negated_operator_is_the_opposite_of_what_it_asks(operator: str, value: tuple[str, ...] | None) -> None:
    negated = made(operator, "10.0.0.1", "7", key="x:y")
    (asked, *_), is_opposite = atom(negated)
    values = {"x:y": value}

    assert is_opposite
    assert outcome(negated, values.get) is not outcome(made(asked, "7", "10.0.0.1", key="x:y"), values.get)
    assert atom(made(asked, "7", "10.0.0.1", key="x:y")) == (atom(negated)[0], False)
