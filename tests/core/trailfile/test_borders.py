import pytest

from app.core.trailfile.borders import borders


def pieces(text: bytes) -> list[bytes]:
    return [text[start:end] for start, end in borders(text).records]


@pytest.mark.parametrize(
    ("text", "records"),
    [
        (b'{"Records":[{"a":1},{"b":[{}]}]}', [b'{"a":1}', b'{"b":[{}]}']),
        (b'{ "x" : {"Records":[1]} , "Records" : [ {"a":"]}\\""} , null ] }', [b'{"a":"]}\\""}', b"null"]),
        (b'{"Records":[{"a":NaN}]}', [b'{"a":NaN}']),
        (b'{"Records":[]}', []),
        (b'{"\\u0052ecords":[{}]}', [b"{}"]),
        (b'{"Records":[1]}\n{"Records":[2]}', [b"1", b"2"]),
        (b'{"Records":[1],"Records":[2]}', [b"2"]),
        (b'{"Records":[{"a":1},{"b":', [b'{"a":1}']),
        (b'{"Records":[{"a":1},{"b":"never ends', [b'{"a":1}']),
        (b'{"Records":[{"a":1}', [b'{"a":1}']),
    ],
    ids=[
        "compact",
        "white space",
        "no JSON number",
        "empty",
        "escaped name",
        "two files",
        "two lists",
        "truncated in a record",
        "truncated in text",
        "no end of the list",
    ],
)
def test_it_finds_the_borders_of_records(text, records):
    assert pieces(text) == records


def test_it_finds_borders_at_any_depth():
    deep = b"[" * 100_000 + b"]" * 100_000
    assert pieces(b'{"Records":[{"a":' + deep + b'},{"b":1}]}')[1] == b'{"b":1}'


@pytest.mark.parametrize(
    ("text", "start", "reason"),
    [
        (b"", 0, "no JSON"),
        (b" \n", 0, "no JSON"),
        (b"[]", 0, "expected a JSON object"),
        (b"{}", 0, "no list named Records"),
        (b'{"Records":null}', 0, "no list named Records"),
        (b'{"Records":[1]} tail', 16, "expected a JSON object"),
        (b'{"Records":[1,{"b":', 14, "truncated"),
        (b'{"Records":[1,{"b":"x', 14, "truncated"),
        (b'{"Records":[1}', 13, "where a record should be"),
        (b'{"Records":[1],"Records":[2]}', 12, "earlier list"),
        (b'{"a" 1}', 1, "a name and a colon"),
    ],
)
def test_it_names_what_belongs_to_no_record(text, start, reason):
    (broken,) = borders(text).broken
    assert broken.start == start
    assert reason in broken.reason
