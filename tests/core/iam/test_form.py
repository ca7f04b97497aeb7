import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.iam.condition import FAMILIES, OPERATORS, Condition, condition, outcome
from app.core.iam.form import APPLIES, Residual, Solution, Way, form, solved
from app.core.iam.resources import ResourceClause
from app.core.iam.variables import Lookup, Values, Variable

DEVICE = ResourceClause(frozenset({("stream/", Variable("credentials-iot:thingname"))}), is_excluding=False)


def left(operator: str, *values: str, key: str = "x:y") -> Residual:
    made: Condition | None = condition(operator, key, values, has_variables=True)
    assert made is not None
    return frozenset({made})


def test_a_layer_without_allow_never_lets_through() -> None:
    assert solved(form([[APPLIES], []], [])).way is Way.NEVER


def test_a_certain_deny_never_lets_through() -> None:
    assert solved(form([[APPLIES]], [APPLIES])).way is Way.NEVER


def test_certain_allows_always_do() -> None:
    assert solved(form([[APPLIES, left("Bool", "true")]], [])).way is Way.ALWAYS


def test_an_open_allow_depends_on_its_keys() -> None:
    assert solved(form([[left("Bool", "true")]], [])) == Solution(Way.DEPENDS, ("x:y",))


def test_conditions_of_two_layers_that_exclude_each_other_never_let_through() -> None:
    layers = [[left("StringEquals", "a")], [left("StringEquals", "b")]]

    assert solved(form(layers, [])).way is Way.NEVER


def test_the_keys_of_a_satisfied_layer_do_not_decide() -> None:
    layers = [[left("Bool", "true", key="a:a")], [APPLIES, left("Bool", "true", key="b:b")]]

    assert solved(form(layers, [])).keys == ("a:a",)


def test_an_open_resource_depends_on_its_variable() -> None:
    assert solved(form([[frozenset({DEVICE})]], [])) == Solution(Way.DEPENDS, ("credentials-iot:thingname",))


def test_the_same_open_resource_allowed_and_denied_never_lets_through() -> None:
    device = frozenset({DEVICE})

    assert solved(form([[device]], [device])).way is Way.NEVER


def test_too_many_keys_to_try_are_conditional_and_not_a_guess() -> None:
    many = frozenset(clause for number in range(40) for clause in left("StringLike", f"*{number}*", key=f"k:{number}"))

    assert solved(form([[many]], [frozenset({*many, DEVICE})])).way is Way.DEPENDS


LIKE = tuple(f"*{letter}*{letter}?" for letter in "abcdefghijkl")


@pytest.mark.parametrize(
    ("allowed", "denied", "way"),
    [
        (left("StringLike", *LIKE), left("StringLike", *reversed(LIKE)), Way.NEVER),
        (left("StringLike", "${a:b}-*"), left("StringLike", "${a:b}-*"), Way.NEVER),
        (left("StringLike", "${a:b}-*") | left("StringNotLike", "${a:b}-*"), None, Way.NEVER),
        (left("ForAnyValue:StringEquals", *"abcdef"), left("ForAnyValue:StringEquals", *"fedcba"), Way.NEVER),
        (left("NumericLessThan", "5") | left("StringLike", "*x"), left("StringLike", "*x"), Way.NEVER),
        (left("StringLikeIfExists", "${a:b}-*") | left("StringNotLikeIfExists", "${a:b}-*"), None, Way.DEPENDS),
        (left("ForAnyValue:StringLike", *LIKE) | left("ForAnyValue:StringNotLike", *LIKE), None, Way.DEPENDS),
        (left("StringLike", *LIKE), left("StringLike", *LIKE[1:]), Way.DEPENDS),
    ],
)
def test_the_same_condition_excludes_itself_where_no_examples_prove_it(
    allowed: Residual, denied: Residual | None, way: Way
) -> None:
    assert solved(form([[allowed]], [] if denied is None else [denied])).way is way


def test_a_key_of_several_values_may_have_none() -> None:
    allowed = left("ForAllValues:Bool", "no boolean") | left("Null", "false")

    assert solved(form([[allowed]], [])).way is Way.DEPENDS


def test_what_two_layers_ask_alike_is_asked_once() -> None:
    both = [[left("StringLike", *LIKE)], [left("StringNotLike", *LIKE), left("StringLike", *LIKE)]]

    assert solved(form([*both, [APPLIES]], [left("StringNotLike", *LIKE), left("StringLike", *LIKE)])).way is Way.NEVER


OPERATORS_TRIED = st.sampled_from([name for name in OPERATORS if name != "BinaryEquals"])
TEXTS = st.sampled_from(["a", "A", "ab", "5", "7", "true", "*", "a*", "*b", "10.0.0.0/8", "${a:b}", "${a:b}*", "x:y:*"])
CLAUSES = st.builds(
    lambda prefix, operator, suffix, values, key: left(
        prefix + operator + (suffix if operator != "Null" else ""), *values, key=key
    ),
    st.sampled_from(["", "", "ForAnyValue:", "ForAllValues:"]),
    OPERATORS_TRIED,
    st.sampled_from(["", "", "IfExists"]),
    st.lists(TEXTS, min_size=1, max_size=4),
    st.sampled_from(["x:y", "a:b"]),
)
RESIDUALS = st.lists(CLAUSES, min_size=1, max_size=3).map(lambda clauses: frozenset().union(*clauses))
GIVEN_TEXTS = ("", "a", "A", "ab", "B", "5", "6", "7.0", "True", "false", "10.1.2.3", "x:y:z", "other")
GIVEN = st.none() | st.lists(st.sampled_from(GIVEN_TEXTS), max_size=3).map(tuple)
FAMILY_NAMES = {operator: name for name, family in FAMILIES.items() for operator in family.operators}
TYPED = {
    "numeric": {"5", "6", "7.0"},
    "date": {"5", "6", "7.0"},
    "boolean": {"True", "false"},
    "ip": {"10.1.2.3"},
}
"""Values as AWS fills in keys of these types; texts may be anything."""


def is_typed(residuals: list[Residual], values: dict[str, Values]) -> bool:
    """Whether the values are such as keys have on which these operators are used: one text, or several for sets."""
    found = [clause for residual in residuals for clause in residual if isinstance(clause, Condition)]
    of_sets = {clause.key for clause in found if clause.set_prefix}
    fits = (set(values[one.key] or ()) <= TYPED.get(FAMILY_NAMES[one.operator], {*GIVEN_TEXTS}) for one in found)
    return all(fits) and all(key in of_sets or texts is None or len(texts) == 1 for key, texts in values.items())


@settings(max_examples=300, deadline=None)
@given(st.lists(RESIDUALS, min_size=1, max_size=2), st.lists(RESIDUALS, max_size=2), st.lists(st.tuples(GIVEN, GIVEN)))
def test_no_values_contradict_what_is_certain(
    allows: list[Residual], denies: list[Residual], tried: list[tuple[Values, Values]]
) -> None:
    way = solved(form([allows], denies)).way
    for values in ({"x:y": one, "a:b": other} for one, other in [(None, None), *tried]):
        if not is_typed([*allows, *denies], values):
            continue
        lookup = values.get

        def holds(residual: Residual, lookup: Lookup = lookup) -> bool:
            return all(outcome(clause, lookup) is True for clause in residual if isinstance(clause, Condition))

        is_allowed = any(map(holds, allows)) and not any(map(holds, denies))
        assert is_allowed or way is not Way.ALWAYS
        assert not is_allowed or way is not Way.NEVER
