from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.iam.condition import OPERATORS, Condition, condition
from app.core.iam.domain import domains, examples
from app.core.iam.globs import glob, pieces_of

PATTERNS = st.lists(st.text(alphabet="ab*?", max_size=5), min_size=1, max_size=3, unique=True)


def made(operator: str, *values: str, key: str = "x:y") -> Condition:
    found = condition(operator, key, values, has_variables=True)
    assert found is not None
    return found


@settings(max_examples=300)
@example(["a", "*a"], "ba")
@example(["a", "aa", "*a"], "ba")
@example(["a", "b", "?"], "c")
@given(PATTERNS, st.text(alphabet="abc", max_size=6))
def test_its_examples_show_every_way_in_which_texts_match(patterns: list[str], text: str) -> None:
    like = OPERATORS["StringLike"]
    assert like.shape is not None
    found, is_complete = examples(frozenset(like.shape(pieces_of(pattern)) for pattern in patterns))
    globs = [glob(pieces_of(pattern)) for pattern in patterns]

    assert is_complete
    assert [one.matches(text) for one in globs] in [[one.matches(example) for one in globs] for example in found]


def test_every_key_may_be_missing() -> None:
    assert None in domains([made("StringEquals", "a")])["x:y"].values


def test_a_boolean_is_true_or_false() -> None:
    assert domains([made("Bool", "true")])["x:y"].values == (None, ("true",), ("false",))


def test_numbers_are_tried_at_between_and_beyond_those_of_the_policy() -> None:
    values = domains([made("NumericLessThan", "10", "20")])["x:y"].values

    assert {("9",), ("10",), ("15",), ("20",), ("21",)} <= set(values)


def test_keys_that_are_compared_share_their_values() -> None:
    found = domains([made("StringEquals", "${a:b}"), made("StringEquals", "north", key="a:b")])

    assert ("north",) in found["x:y"].values
    assert found["x:y"].is_complete


def test_two_kinds_of_values_on_one_key_are_no_proof() -> None:
    assert not domains([made("StringLike", "1*"), made("NumericLessThan", "10")])["x:y"].is_complete


def test_many_plain_values_are_their_own_examples() -> None:
    domain = domains([made("StringEquals", *(f"vpc-{number}" for number in range(2000)))])["x:y"]

    assert domain.is_complete
    assert len(domain.values) == 2003


def test_a_text_that_stands_for_a_pattern_is_none_of_the_plain_ones() -> None:
    domain = domains([made("StringLike", "a*"), made("StringEquals", "a")])["x:y"]

    assert domain.is_complete
    assert any(values and values[0].startswith("a") and values[0] != "a" for values in domain.values)


def test_patterns_that_would_take_too_long_to_walk_are_no_proof() -> None:
    patterns = tuple(f"*{'ab' * number}*{'ba' * number}*" for number in range(1, 40))

    assert not domains([made("StringLike", *patterns)])["x:y"].is_complete


def test_a_text_beside_the_plain_ones_that_it_runs_into_is_found() -> None:
    domain = domains([made("StringLike", "*a"), made("StringEquals", "a", "b")])["x:y"]

    assert domain.is_complete
    assert any(value is not None and value[0].endswith("a") and value[0] != "a" for value in domain.values)
