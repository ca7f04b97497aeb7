import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.trailfile.gunzip import gunzip
from app.core.trailfile.kinds import ACCESS_NAMES, ALL_KINDS, TRAIL_NAMES, Kind
from app.core.trailfile.records import Extraction, extract
from tests.builders.hostile_files import (
    FIELDS,
    HOSTILE,
    KVS,
    NAMES,
    SEPARATORS,
    HostileFiles,
    assert_equal_to_plain_reading,
    kept,
)
from tests.builders.trail import assume_role_record, compact, kvs_record, log_text, other_record, token_record

# ---------------------------------------------------------------- what is kept


def test_it_keeps_kvs_sessions_and_changes_of_trails_and_permissions_and_counts_the_rest():
    stop = other_record(3, eventSource="cloudtrail.amazonaws.com", eventName="StopLogging")
    attach = other_record(5, eventSource="iam.amazonaws.com", eventName="AttachRolePolicy")
    found = extract(log_text(other_record(), kvs_record(), attach, assume_role_record(), stop, other_record(4)))
    assert kept(found) == {
        Kind.KVS: [compact(kvs_record())],
        Kind.SESSION: [compact(assume_role_record())],
        Kind.TRAIL: [compact(stop)],
        Kind.ACCESS: [compact(attach)],
    }
    assert (found.total, found.skipped, found.rejected) == (6, 2, [])


@pytest.mark.parametrize(
    "changes",
    [
        {"eventSource": " kinesisvideo.amazonaws.com"},
        {"eventSource": "kinesisvideo.amazonaws.com.cn"},
        {"eventSource": "somethingnew.amazonaws.com"},
        {"eventName": "AssumeRole"},
        {"userIdentity": None},
        {"userIdentity": ...},
        {"userIdentity": "surprise"},
        {"errorCode": 17},
        {"requestParameters": None, "resources": None},
        {"requestParameters": {"streamName": "\0"}, "userAgent": "\ud800"},
        {"requestParameters": {"big": "x" * 300_000}},
        {"eventVersion": ..., "newField": [1.5, 10**30]},
    ],
    ids=[
        "white space in source",
        "another partition",
        "known by its resource",
        "a session's name",
        "identity null",
        "no identity",
        "identity of another type",
        "error code of another type",
        "no parameters",
        "NUL and surrogate",
        "over 256 KB",
        "another version",
    ],
)
def test_it_keeps_an_odd_kvs_record(changes):
    record = kvs_record(**changes)
    assert kept(extract(log_text(other_record(), record)))[Kind.KVS] == [compact(record)]


@pytest.mark.parametrize(
    "record",
    [
        other_record(requestParameters={"list": [{"a": 1}, kvs_record(), {"b": 2}], "tags": kvs_record()}),
        other_record(userAgent=f'","eventSource":"{KVS}","x":"'),
        other_record(requestParameters={"detail": json.dumps({"Records": [kvs_record()]})}),
        other_record(sourceIPAddress=KVS, userIdentity={"type": "AWSService", "invokedBy": KVS}),
        other_record(eventSource=..., insightDetails={"eventSource": KVS}),
        other_record(eventSource="cloudtrail.amazonaws.com", eventName="LookupEvents"),
        other_record(eventSource="sts.amazonaws.com", eventName="GetCallerIdentity"),
        other_record(resources=[{"type": "AWS::KMS::Key"}], userAgent="AWS::KinesisVideo::Stream"),
        other_record(eventSource="iam.amazonaws.com", eventName="GetRolePolicy"),
        other_record(eventSource="ec2.amazonaws.com", eventName="AttachRolePolicy", userAgent="iam.amazonaws.com"),
        other_record(requestParameters={"eventSource": "iam.amazonaws.com", "eventName": "AttachRolePolicy"}),
        other_record(eventSource="iam.amazonaws.com", eventName="MoveAccount"),
    ],
    ids=[
        "nested forgery",
        "forgery in text",
        "file in text",
        "invoked by KVS",
        "insight",
        "read",
        "no session",
        "type",
        "read of a policy",
        "another service's",
        "nested change",
        "name of another service's call",
    ],
)
def test_it_keeps_no_record_that_only_looks_like_one(record):
    found = extract(log_text(record, record))
    assert (sum(map(len, kept(found).values())), found.skipped, found.rejected) == (0, 2, [])


@pytest.mark.parametrize("name", sorted(TRAIL_NAMES))
def test_it_keeps_each_call_that_changes_a_trail(name):
    record = other_record(eventSource="cloudtrail.amazonaws.com", eventName=name)
    assert kept(extract(log_text(record)))[Kind.TRAIL] == [compact(record)]


@pytest.mark.parametrize(
    ("source", "name"), [(source, name) for source in ACCESS_NAMES for name in ACCESS_NAMES[source]]
)
def test_it_keeps_each_call_that_changes_permissions(source, name):
    record = other_record(eventSource=source, eventName=name)
    assert kept(extract(log_text(record)))[Kind.ACCESS] == [compact(record)]


def test_it_reads_only_the_kinds_that_are_asked_for():
    text = log_text(kvs_record(), assume_role_record())
    found = extract(text, frozenset({Kind.SESSION}))
    assert (found.kvs, len(found.sessions), found.skipped) == ([], 1, 1)


# ---------------------------------------------------------------- odd files


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"Records": [other_record(), kvs_record()]}, indent=1).encode(),
        b"\xef\xbb\xbf" + log_text(other_record(), kvs_record()),
        json.dumps({"Records": [other_record(), kvs_record()]}).encode("utf-16"),
        compact({"before": [1], "Records": [other_record(), kvs_record()], "behind": {}}),
        b'{"Records":[1],"Records":' + compact([other_record(), kvs_record()]) + b"}",
        log_text(other_record(), kvs_record()).replace(b'"kinesisvideo.', b'"k\\u0069nesisvideo.'),
        log_text(other_record(n=float("nan")), kvs_record()),
        log_text(other_record(), kvs_record()).replace(b"Boto3", b"Boto\xff"),
    ],
    ids=["indented", "BOM", "UTF-16", "other keys", "two lists", "letters as escapes", "NaN", "bad UTF-8"],
)
def test_it_finds_the_record_in_an_odd_file(text):
    (found,) = extract(text).kvs
    assert found.index == 1
    assert found.shape.event_id == kvs_record()["eventID"]


def test_it_keeps_whole_records_of_a_truncated_file_and_names_the_rest():
    text = log_text(kvs_record(1), kvs_record(2))
    found = extract(text[:-40])
    assert [item.shape.event_id for item in found.kvs] == [kvs_record(1)["eventID"]]
    (rejected,) = found.rejected
    assert "truncated" in rejected.reason
    assert text.endswith(rejected.raw + text[-40:])


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b"null", b'{"Records":null}', b'{"Records":{}}', b"not json", b'{"logFiles":[]}']
)
def test_it_rejects_a_file_without_records_and_does_not_call_it_empty(text):
    found = extract(text)
    assert (found.total, len(found.rejected)) == (0, 1)


def test_an_empty_list_is_an_empty_file():
    assert extract(b'{"Records":[]}') == Extraction()


def test_it_rejects_a_record_that_is_no_json_and_keeps_its_neighbours():
    text = log_text(kvs_record(1), "HERE", kvs_record(2)).replace(b'"HERE"', b'{"eventSource":"kinesisvideo",}')
    found = extract(text)
    assert len(found.kvs) == 2
    assert [(rejected.place, rejected.raw) for rejected in found.rejected] == [
        ("record 2", b'{"eventSource":"kinesisvideo",}')
    ]


def test_a_rejected_record_keeps_no_session_token():
    text = log_text(assume_role_record())[:-30]
    (rejected,) = extract(text).rejected
    assert b"AssumeRole" in rejected.raw
    assert b"EXAMPLETOKEN" not in rejected.raw


# ---------------------------------------------------------------- equal to reading it all with json


FILES = 1_000
"""`make soak` reads fifty thousand (tests/soak/test_hostile_files.py)."""


def test_it_equals_a_plain_reading_of_hostile_files():
    hostile = HostileFiles(seed=1)
    found = sum(assert_equal_to_plain_reading(hostile.file()) for _ in range(FILES))
    assert found > FILES // 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(HOSTILE) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(HOSTILE) | JSON)


@settings(max_examples=300, deadline=None)
@given(st.lists(RECORDS | JSON, max_size=5), st.sampled_from(SEPARATORS), st.booleans())
def test_it_equals_a_plain_reading_of_any_json(records, separators, ensure_ascii):
    text = json.dumps({"Records": records}, separators=separators, ensure_ascii=ensure_ascii)
    assert_equal_to_plain_reading(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2000))
def test_no_bytes_at_all_make_it_fail(junk, at):
    text = log_text(kvs_record(1), assume_role_record(), kvs_record(2))
    extract(text[:at] + junk + text[at:])


SAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "cloudtrail"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the public samples are not at {SAMPLES}")
def test_it_equals_a_plain_reading_of_public_records():
    files = sorted(SAMPLES.rglob("*.json.gz"))
    found = sum(assert_equal_to_plain_reading(gunzip(file.read_bytes())) for file in files)
    assert found > 100
    assert all(gunzip(file.read_bytes()) == gzip.decompress(file.read_bytes()) for file in files)


def test_all_kinds_are_read_by_default():
    assert frozenset(Kind) == ALL_KINDS


KEPT, SKIPPED = compact(kvs_record(1)), compact(other_record(1))


@pytest.mark.parametrize("name", [b"Records", rb"\u0052ecords", rb"Rec\u006frds"])
@pytest.mark.parametrize("space", [b"", b" "], ids=["compact", "spaced"])
def test_an_earlier_list_of_records_is_named_however_the_two_are_spelled(name, space):
    found = extract(b'{"Records":[%s],%s"%s":[%s]}' % (KEPT, space, name, SKIPPED))
    assert (found.kvs, [one.reason for one in found.rejected]) == ([], ["an earlier list of the same name"])


@pytest.mark.parametrize("space", [b"", b"\n"], ids=["compact", "spaced"])
def test_what_is_no_object_is_rejected_wherever_it_stands(space):
    found = extract(b'{"Records":[5,%s,%snull,"x",%s,[1]]}' % (KEPT, space, SKIPPED))
    assert (found.total, [one.raw for one in found.kvs], found.skipped) == (6, [KEPT], 1)
    assert [(one.place, one.raw) for one in found.rejected] == [
        ("record 1", b"5"),
        ("record 3", b"null"),
        ("record 4", b'"x"'),
        ("record 6", b"[1]"),
    ]


def test_of_more_than_cloudtrail_writes_the_beginning_is_kept_with_its_size():
    text = b'"kinesisvideo.amazonaws.com %s"' % (b"x" * 300_000)
    (item,) = extract(b'{"Records":[%s]}' % text).rejected
    (end,) = extract(b'{"Records":[{"a":%s' % text).rejected
    assert (item.raw, item.size) == (text[: 256 << 10], len(text))
    assert (len(end.raw), end.size) == (256 << 10, len(text) + 5)


def test_records_of_tokens_are_looked_at_with_the_sessions_and_skipped():
    text = log_text(other_record(), token_record(), kvs_record(requestParameters={"a": '"GetSessionToken"'}))
    found = extract(text)
    assert ([one.raw for one in found.tokens], len(found.kvs), found.skipped) == ([compact(token_record())], 1, 2)
    assert extract(text, frozenset({Kind.KVS})).tokens == []
    assert extract(log_text(token_record(eventSource="ec2.amazonaws.com"))).tokens == []
