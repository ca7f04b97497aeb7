from app.core.iam.condition import Condition, condition
from app.core.iam.form import APPLIES, Residual, Solution, Way, form, solved
from app.core.iam.resources import ResourceClause
from app.core.iam.variables import Variable

DEVICE = ResourceClause(frozenset({("stream/", Variable("credentials-iot:thingname"))}), is_excluding=False)


def left(operator: str, value: str, key: str = "x:y") -> Residual:
    made: Condition | None = condition(operator, key, (value,), has_variables=True)
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
