import pytest

from app.core.trailfile.shape import MalformedRecord, decoded, object_of, storable, text
from tests.builders.trail import compact, kvs_record, role_identity


def test_it_reads_the_fields_by_their_names_in_cloudtrail():
    found = decoded(compact(kvs_record(sharedEventID="s", vpcEndpointId="v", addendum={"originalEventID": "o"})))
    assert (found.event_id, found.shared_event_id, found.vpc_endpoint_id) == (kvs_record()["eventID"], "s", "v")
    assert found.recipient_account == kvs_record()["recipientAccountId"]
    assert found.source_ip_address == "203.0.113.9"
    assert found.addendum is not None
    assert found.addendum.original_event_id == "o"
    assert found.resources is not None
    assert found.resources[0].resource_arn == kvs_record()["resources"][0]["ARN"]


@pytest.mark.parametrize(
    "changes",
    [
        {"userIdentity": "odd"},
        {"userIdentity": [1]},
        {"resources": {"odd": 1}},
        {"resources": ["odd", None, {"ARN": 5}]},
        {"readOnly": "yes"},
        {"errorCode": {"a": 1}},
        {"addendum": 5},
        {"unknown": [[[]]]},
    ],
    ids=str,
)
def test_a_field_of_a_surprising_type_costs_no_other_field(changes):
    found = decoded(compact(kvs_record(**changes)))
    assert (found.event_name, found.event_source) == ("GetMedia", "kinesisvideo.amazonaws.com")


def test_what_fits_of_a_part_with_a_surprise_is_taken_over():
    identity = role_identity() | {"userName": 17, "sessionContext": {"sessionIssuer": {"arn": "a"}, "attributes": 3}}
    found = decoded(compact(kvs_record(userIdentity=identity))).user_identity
    assert found is not None
    assert (found.type, found.user_name) == ("AssumedRole", "17")
    assert found.session_context is not None
    assert found.session_context.session_issuer is not None
    assert found.session_context.session_issuer.arn == "a"


def test_of_a_key_that_stands_twice_the_last_holds():
    assert decoded(b'{"eventName":"a","eventName":"b"}').event_name == "b"
    assert decoded(b'{"eventName":1,"eventName":"b"}').event_name == "b"


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"5", b'"x"', b"{", b"{]}", b"[" * 5000])
def test_what_is_no_object_is_malformed(raw):
    with pytest.raises(MalformedRecord):
        decoded(raw)


@pytest.mark.parametrize(
    ("value", "kept"), [("a\0b", "a\ufffdb"), ("\ud800", "\ufffd"), ("é📹", "é📹"), ("\ud83d\udcf9", "📹")]
)
def test_it_keeps_only_text_that_a_database_takes(value, kept):
    assert storable(value) == kept


def test_parameters_are_read_in_any_case():
    assert object_of(b'{"aPIName":"X","StreamARN":"y"}') == {"apiname": "X", "streamarn": "y"}
    assert object_of(b"null") == object_of(b"") == object_of(b"[1]") == {}


@pytest.mark.parametrize(("value", "kept"), [("x", "x"), ("", None), (None, None), (5, None), (["x"], None)])
def test_only_text_is_text(value, kept):
    assert text(value) == kept
