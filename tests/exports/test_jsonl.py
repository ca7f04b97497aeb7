import json

from hypothesis import given
from hypothesis import strategies as st

from app.exports.jsonl import FORMAT, encode

CELLS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8))
def test_every_value_comes_back_as_it_was(rows):
    lines = b"".join(encode(["a", "b"], rows)).split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == [{"a": a, "b": b} for a, b in rows]


def test_it_says_what_it_is():
    assert (FORMAT.media_type, FORMAT.suffix) == ("application/x-ndjson", ".jsonl")
