import pytest

from app.core.iam.globs import pieces_of
from app.core.iam.resources import (
    ResourceClause,
    arn_matcher,
    element_outcome,
    pattern_outcome,
    readings_differ,
)
from app.core.iam.variables import Variable
from tests.builders.iam import CAMERA, known

OPEN = known(is_complete=False)
HEAD = "arn:aws:kinesisvideo:eu-central-1:111122223333:"


@pytest.mark.parametrize(
    ("pattern", "is_match"),
    [
        pytest.param("*", True, id="everything"),
        pytest.param("**", True, id="two stars"),
        pytest.param("arn:aws:kinesisvideo", True, id="completed"),
        pytest.param("arn:*:kinesisvideo:*:*:*", True, id="any partition"),
        pytest.param("arn:aws:kinesisvideo:*:stream/*", True, id="a star past the colon"),
        pytest.param("arn:aws:kinesisvideo:eu*1:stream/*", False, id="a star inside a part stays there"),
        pytest.param("arn:aws-cn:kinesisvideo:*:*:*", False, id="another partition"),
        pytest.param(f"{HEAD}stream/North-*", False, id="case"),
        pytest.param(f"{HEAD}stream/north-cam-1", False, id="no creation time"),
    ],
)
def test_it_matches_a_stream(pattern: str, *, is_match: bool) -> None:
    assert arn_matcher(pieces_of(pattern)).matches(CAMERA) is is_match


def test_only_a_star_takes_actions_without_resource() -> None:
    assert arn_matcher(pieces_of("*")).matches("*")
    assert not arn_matcher(pieces_of("arn:aws:kinesisvideo:*:*:*")).matches("*")


def test_it_tells_where_the_two_readings_of_a_star_differ() -> None:
    assert readings_differ("arn:aws:kinesisvideo:*:stream/*", CAMERA)
    assert not readings_differ("arn:aws:kinesisvideo:*:*:stream/*", CAMERA)
    assert not readings_differ("*", CAMERA)


def test_variables_before_the_fifth_colon_are_text() -> None:
    text = "arn:aws:kinesisvideo:*:${aws:PrincipalAccount}:stream/*"
    lookup = known(**{"aws:PrincipalAccount": "111122223333"})

    assert pattern_outcome(text, CAMERA, lookup, has_variables=True) is False


def test_an_open_variable_leaves_the_pattern_open() -> None:
    text = f"{HEAD}stream/${{credentials-iot:ThingName}}/*"

    left = pattern_outcome(text, CAMERA, OPEN, has_variables=True)

    assert isinstance(left, tuple)
    assert Variable("credentials-iot:thingname") in left


def test_an_open_variable_that_can_never_match_is_no_match() -> None:
    text = f"{HEAD}channel/${{credentials-iot:ThingName}}/*"

    assert pattern_outcome(text, CAMERA, OPEN, has_variables=True) is False


def test_a_certain_match_settles_the_element() -> None:
    patterns = [f"{HEAD}stream/${{x:y}}/*", "*"]

    assert element_outcome(patterns, CAMERA, OPEN, is_excluding=False, has_variables=True) is True
    assert element_outcome(patterns, CAMERA, OPEN, is_excluding=True, has_variables=True) is False


def test_what_is_left_of_an_element_names_its_keys() -> None:
    left = element_outcome([f"{HEAD}stream/${{x:y}}/*"], CAMERA, OPEN, is_excluding=True, has_variables=True)

    assert isinstance(left, ResourceClause)
    assert left.is_excluding
    assert left.open_keys == ("x:y",)
