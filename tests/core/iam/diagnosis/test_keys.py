import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.iam.diagnosis.keys import GLOBAL, carry_tags, is_of_tagging, meant
from app.core.kvs.actions import ACTIONS


@pytest.mark.parametrize(
    ("key", "like"),
    [
        ("aws:sourcevpcc", "aws:sourcevpc"),
        ("aws:sourcip", "aws:sourceip"),
        ("aws:principalogrid", "aws:principalorgid"),
        ("aws:resourcetags/site", "aws:resourcetag/"),
        ("aws:principaltag", "aws:principaltag/"),
        ("aws:multifactorauthpresnt", "aws:multifactorauthpresent"),
    ],
)
def test_a_mistyped_key_reads_like_the_one_that_is_meant(key: str, like: str) -> None:
    assert meant(key) == like


@pytest.mark.parametrize(
    "key",
    [
        *(f"{key}site" if key.endswith("/") else key for key in sorted(GLOBAL)),
        "aws:resourcetag/aws:sourcevpcc",
        "aws:somethingnewofaws",
        "credentials-iot:thingname",
        "ec2:sourceinstancearn",
        "aws:",
        "",
    ],
)
def test_a_key_that_aws_has_or_may_have_is_none(key: str) -> None:
    assert meant(key) is None


@given(st.sampled_from(sorted(GLOBAL)), st.data())
def test_one_letter_too_few_is_seen_wherever_it_is_missing(key: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(len("aws:"), len(key) - 1))
    mistyped = key[:place] + key[place + 1 :]

    # The keys of a VPC and of its endpoint are a letter apart.
    assert (meant(mistyped) is not None) == (mistyped not in GLOBAL)


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    assert meant(f"aws:{text.lower()}") in {None, *GLOBAL}


def test_calls_that_set_tags_or_take_them_away_carry_them() -> None:
    carrying = {name for name, action in ACTIONS.items() if carry_tags([action])}

    assert carrying == {
        "CreateSignalingChannel",
        "CreateStream",
        "TagResource",
        "TagStream",
        "UntagResource",
        "UntagStream",
    }
    assert [key for key in sorted(GLOBAL) if is_of_tagging(key)] == ["aws:requesttag/", "aws:tagkeys"]
