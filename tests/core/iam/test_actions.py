import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.iam.actions import ALL, are_of_kvs, bit, element_mask, mask, matches
from app.core.kvs.actions import NAMES

PATTERNS = st.sampled_from(NAMES).flatmap(
    lambda name: st.integers(0, len(name)).map(lambda end: f"kinesisvideo:{name[:end]}*")
)


@given(PATTERNS, st.sampled_from(NAMES))
def test_its_bits_are_the_matches_of_the_pattern(pattern: str, name: str) -> None:
    bit = mask(pattern) >> NAMES.index(name) & 1

    assert bool(bit) is matches(pattern, f"kinesisvideo:{name}")


@given(PATTERNS)
def test_the_case_of_a_pattern_is_irrelevant(pattern: str) -> None:
    assert mask(pattern.upper()) == mask(pattern) == mask(pattern.swapcase())


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        pytest.param("*", 46, id="everything"),
        pytest.param("kinesisvideo:*", 46, id="the service"),
        pytest.param("k*:PutMedia", 1, id="a wildcard in the service"),
        pytest.param("kinesis:*", 0, id="another service"),
        pytest.param("kinesisvideo:GetStreamingEndpoint", 0, id="an action that AWS does not have"),
        pytest.param("PutMedia", 0, id="no service"),
    ],
)
def test_it_counts_the_actions_of_a_pattern(pattern: str, count: int) -> None:
    assert mask(pattern).bit_count() == count


def test_an_excluding_element_takes_the_rest() -> None:
    named = element_mask(("kinesisvideo:Get*",), is_excluding=False)

    assert element_mask(("kinesisvideo:Get*",), is_excluding=True) == ALL & ~named


def test_patterns_of_one_service_are_told_from_those_that_reach_others() -> None:
    assert are_of_kvs(("KinesisVideo:Get*", "kinesisvideo:*"))
    assert not are_of_kvs(("kinesisvideo:GetMedia", "kinesis*:Get*"))


def test_the_bit_of_an_action_is_that_of_its_mask_and_other_services_have_none() -> None:
    assert bit("KinesisVideo:getmedia") == mask("kinesisvideo:GetMedia") != 0
    assert bit("sts:AssumeRole") == 0
