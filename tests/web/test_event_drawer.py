import html
import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.event_drawer import exact_text, pretty


def test_a_record_is_indented():
    assert pretty('{"a":{"b":1}}') == '{\n  "a": {\n    "b": 1\n  }\n}'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a":"x\u202ey"}', "x\\u202ey"),
        ('{"a":"x\\u0000y"}', "x\\u0000y"),
        ('{"a":"x\u2028y"}', "x\\u2028y"),
        ('{"a":"x\U000e0041y"}', "x\\udb40\\udc41y"),
        ('{"a":"Zoë 猫"}', "Zoë 猫"),
    ],
)
def test_what_cannot_be_seen_or_turns_the_line_is_written_out(text, shown):
    assert shown in pretty(text)


@pytest.mark.parametrize("text", ["", "{", "not json", "[" * 5000, '{"a":1}{"b":2}'])
def test_what_is_no_json_is_shown_as_it_is(text):
    assert pretty(text) == text


@given(st.dictionaries(st.text(max_size=6), st.one_of(st.text(max_size=9), st.integers(), st.none()), max_size=4))
def test_indenting_changes_no_value(record):
    assert json.loads(pretty(json.dumps(record))) == record


class _Pre(HTMLParser):
    """Takes the text of an element as a browser does: a first newline is dropped, CR LF and CR become LF."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\r\n", "\n").replace("\r", "\n")

    def handle_entityref(self, name: str) -> None:
        self.text += html.unescape(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.text += chr(int(name))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_the_text_to_copy_is_the_record_to_the_byte(text):
    parser = _Pre()
    parser.feed(f"<pre>{exact_text(text)}</pre>")
    parser.close()
    assert parser.text.removeprefix("\n") == text
