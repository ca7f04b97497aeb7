import json
import shlex

import pytest

from app.core.errors import InvalidInput
from app.core.stopping.paste import document, literal, option, policy, shown, word
from tests.builders.stopping import HOSTILE


@pytest.mark.parametrize("value", ["gate-07", HOSTILE, "", "o'brien", "--profile", "名前"])
def test_a_value_is_one_word_whatever_it_is(value: str):
    assert shlex.split(f"x {word(value)} y") == ["x", value, "y"]


@pytest.mark.parametrize(
    ("value", "text"), [("-x", "--user-name=-x"), ("a-b", "--user-name a-b"), ("=ls", "--user-name '=ls'")]
)
def test_a_name_is_neither_an_option_nor_a_command(value: str, text: str):
    assert option("user-name", value) == text


@pytest.mark.parametrize("value", ["a\nb", "a\x1b[201~b", "a\u202eb", "a\x00", "a\tb", "a\u2028b"])
def test_what_acts_in_a_terminal_is_never_offered(value: str):
    with pytest.raises(InvalidInput, match="no command is offered"):
        word(value)


@pytest.mark.parametrize("value", [HOSTILE, "\x1b[201~\n", "\u202e", '"}]}'])
def test_a_document_is_one_printable_word_that_holds_the_value(value: str):
    said = document(policy({"Sid": value}))
    assert said.isprintable()
    (only,) = shlex.split(said)
    assert json.loads(only)["Statement"] == [{"Sid": value}]


def test_a_policy_to_read_is_the_same_in_lines():
    text = shown("Policy", policy({"Effect": "Deny"}), (("WORD", "yours"),))
    assert json.loads(text.text) == {"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]}
    assert text.yours == (("WORD", "yours"),)


def test_wildcards_and_variables_stand_for_themselves():
    assert literal("a*b?${aws:x}") == "a${*}b${?}${$}{aws:x}"
