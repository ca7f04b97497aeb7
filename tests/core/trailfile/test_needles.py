import pytest

from app.core.trailfile.kinds import ACCESS_NAMES, Kind
from app.core.trailfile.needles import find, hides_letters, is_named_twice, needles
from tests.builders.trail import assume_role_record, compact, kvs_record, other_record


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (Kind.KVS, kvs_record()),
        (Kind.KVS, other_record(resources=[{"type": "AWS::KinesisVideo::Stream"}])),
        (Kind.SESSION, assume_role_record()),
        (Kind.TRAIL, other_record(eventSource="cloudtrail.amazonaws.com", eventName="StopLogging")),
        *((Kind.ACCESS, other_record(eventSource=source, eventName="x")) for source in ACCESS_NAMES),
    ],
    ids=["source", "resource", "session", "trail", *ACCESS_NAMES],
)
def test_each_kept_record_has_a_needle_of_its_kind(kind, record):
    assert any(find(compact(record), needle) >= 0 for needle in needles(frozenset({kind})))


def test_it_searches_only_for_what_is_asked():
    assert needles(frozenset({Kind.SESSION})) == (b'"AssumeRole',)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (b"plain", False),
        (b"\\u0000 \\u0026 \\u003c", False),
        (b"\\u006b", True),
        (b"\\u0000\\u0041", True),
        (b"\\u00", False),
        (b"\\u20ac", False),
    ],
)
def test_it_knows_when_letters_may_be_escapes(text, hidden):
    assert hides_letters(text) is hidden


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        (b"", False),
        (b'{"Records":[]}', False),
        (b'{"Records":[],"Records":[]}', True),
        (b'{"Records":["Records"]}', True),
        (rb'{"Records":[],"\u0052ecords":[]}', True),
        (rb'{"\u0052ecords":[],"Rec\u006Frd\u0073":[]}', True),
        (rb'{"\u0052ecords":[{"a":"\u006b"}]}', False),
        (rb'{"Records":[],"\u0053ecords":[]}', False),
    ],
)
def test_it_knows_when_a_file_names_its_records_twice_however_it_spells_them(text, twice):
    assert is_named_twice(text) is twice


def test_it_finds_from_a_place_on():
    assert (find(b"abcabc", b"b"), find(b"abcabc", b"b", 2), find(b"abcabc", b"b", 5), find(b"", b"b", 9)) == (
        1,
        4,
        -1,
        -1,
    )
