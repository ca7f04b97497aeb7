from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.model.event import URL_LIFE_UNTOLD, ActorKind, Event, KeyKind
from app.core.model.footage import Footage, FootageKind
from app.core.model.session import IssuedSession
from app.core.normalise.record import NOWHERE, Place, event, issued_session
from app.core.trailfile.shape import MalformedRecord, decoded
from tests.builders.trail import (
    ACCOUNT,
    ROLE_ARN,
    STREAM_ARN,
    assume_role_record,
    compact,
    kvs_record,
    other_record,
    role_identity,
)

TIME = datetime(2026, 11, 1, 10, 15, tzinfo=UTC)


def event_of(record: dict[str, Any], place: Place = NOWHERE) -> Event:
    raw = compact(record)
    return event(decoded(raw), raw, place)


def session_of(record: dict[str, Any]) -> IssuedSession:
    raw = compact(record)
    return issued_session(decoded(raw), raw)


def test_it_reads_a_media_call():
    found = event_of(kvs_record())
    assert (found.account, found.event_id, found.event_time) == (int(ACCOUNT), kvs_record()["eventID"], TIME)
    assert (found.source, found.action, found.region) == ("kinesisvideo.amazonaws.com", "GetMedia", "eu-west-1")
    assert (found.actor.principal, found.actor.session_name) == (ROLE_ARN, "night-shift")
    assert (found.access_key, found.key_kind) == ("ASIAVIEWER0000000001", KeyKind.TEMPORARY)
    assert (found.stream, found.is_data_event, found.is_read_only) == (STREAM_ARN, True, True)


@pytest.mark.parametrize("identity", [None, ...], ids=["null", "missing"])
def test_a_record_without_identity_is_kept_of_an_unknown_actor(identity):
    found = event_of(kvs_record(userIdentity=identity))
    assert (found.actor.kind, found.key_kind, found.access_key) == (ActorKind.UNKNOWN, KeyKind.NONE, None)


def test_text_that_postgres_refuses_becomes_a_replacement_character():
    identity = role_identity(session="nul\0")
    record = kvs_record(
        userIdentity=identity, userAgent="a\0b\ud800", requestParameters={"streamName": "\0s"}, resources=...
    )
    found = event_of(record)
    assert (found.user_agent, found.stream) == ("a\ufffdb\ufffd\ufffd\ufffd", "\ufffds")
    assert found.actor.session_name == "nul\ufffd"


def test_a_lone_surrogate_that_is_escaped_becomes_a_replacement_character():
    raw = compact(kvs_record()).replace(b"Boto3/1.40", b"\\ud800x")
    assert event(decoded(raw), raw).user_agent == "\ufffdx"


@pytest.mark.parametrize(
    ("changes", "place", "account"),
    [
        ({}, Place(7), int(ACCOUNT)),
        ({"recipientAccountId": ...}, Place(7), 7),
        ({"recipientAccountId": ...}, NOWHERE, int(ACCOUNT)),
        ({"recipientAccountId": "xxx"}, Place(7), 7),
        ({"recipientAccountId": 444455556666}, NOWHERE, 444455556666),
    ],
    ids=["its own", "the file's", "the caller's", "not a number", "a JSON number"],
)
def test_it_takes_the_account_from_the_surest_place(changes, place, account):
    assert event_of(kvs_record(**changes), place).account == account


@pytest.mark.parametrize(
    "changes",
    [
        {"eventTime": ...},
        {"eventTime": "yesterday"},
        {"eventTime": "0001-01-01T00:00:00Z"},
        {"eventTime": "9999-01-01T00:00:00Z"},
        {"recipientAccountId": ..., "userIdentity": None},
        {"recipientAccountId": "1" * 13, "userIdentity": None},
    ],
    ids=["no time", "no form of time", "year 1", "year 9999", "no account", "13 digits"],
)
def test_a_record_without_time_or_account_is_malformed(changes):
    with pytest.raises(MalformedRecord):
        event_of(kvs_record(**changes))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, KeyKind.TEMPORARY_OF_USER),
        ({"sessionCredentialFromConsole": "true"}, KeyKind.TEMPORARY),
        ({"sessionCredentialFromConsole": True}, KeyKind.TEMPORARY),
    ],
    ids=["GetSessionToken", "console", "console, as JSON has it"],
)
def test_a_user_in_the_console_has_no_long_term_key_behind(changes: dict[str, Any], kind: KeyKind):
    user = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/mara", "accessKeyId": "ASIAQ4EXAMPLE0000001"}

    assert event_of(kvs_record(userIdentity=user, **changes)).key_kind is kind


def test_a_federated_user_in_the_console_has():
    user = {"type": "FederatedUser", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/x", "accessKeyId": "ASIAQ4EXAMPLE"}

    found = event_of(kvs_record(userIdentity=user, sessionCredentialFromConsole="true"))

    assert found.key_kind is KeyKind.TEMPORARY_OF_USER


def test_records_without_a_guid_are_told_apart_by_their_content():
    first, again, other = (event_of(kvs_record(eventID=given, n=n)) for given, n in ((1, 1), (1, 1), (1, 2)))
    assert first.event_id == again.event_id != other.event_id


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"eventCategory": "Data"}, True),
        ({"eventCategory": "Management"}, False),
        ({"eventCategory": ..., "managementEvent": True}, False),
        ({"eventCategory": ..., "managementEvent": ...}, None),
    ],
)
def test_it_tells_data_events_from_management_events(changes, expected):
    assert event_of(kvs_record(**changes)).is_data_event is expected


@pytest.mark.parametrize(
    ("changes", "stream"),
    [
        ({}, STREAM_ARN),
        ({"resources": ..., "requestParameters": {"streamARN": STREAM_ARN}}, STREAM_ARN),
        ({"resources": ..., "requestParameters": {"StreamArn": STREAM_ARN, "streamName": "x"}}, STREAM_ARN),
        ({"resources": ..., "requestParameters": {"channelARN": "arn:c"}}, "arn:c"),
        ({"resources": ..., "requestParameters": {"streamName": "door"}}, "door"),
        (
            {"resources": ..., "requestParameters": {"streamName": "d"}, "responseElements": {"streamARN": STREAM_ARN}},
            STREAM_ARN,
        ),
        ({"resources": [{"type": "AWS::KMS::Key", "ARN": "arn:k"}], "requestParameters": None}, None),
        ({"resources": "odd", "requestParameters": "odd"}, None),
        ({"resources": ..., "requestParameters": {"streamName": ["odd"]}}, None),
    ],
    ids=["resource", "ARN", "any case", "channel", "name", "response", "another resource", "odd types", "odd name"],
)
def test_it_finds_the_stream(changes, stream):
    assert event_of(kvs_record(**changes)).stream == stream


def test_it_reads_what_footage_a_kvs_call_asked_for_and_no_other():
    assert event_of(kvs_record()).footage == Footage(FootageKind.LIVE, TIME)
    assert event_of(kvs_record(eventName="PutMedia")).footage is None
    other = other_record(eventSource="cloudtrail.amazonaws.com", eventName="GetMedia", resources=...)
    assert event_of(other).footage is None


def test_what_a_playback_url_shows_ends_with_the_url():
    record = kvs_record(eventName="GetHLSStreamingSessionURL", requestParameters={"expires": 600})
    assert event_of(record).footage == Footage(FootageKind.LIVE, TIME, TIME + timedelta(seconds=600))
    refused = event_of(record | {"errorCode": "AccessDenied"})
    assert refused.footage == Footage(FootageKind.LIVE, TIME)


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({"requestParameters": {"expires": 43200}}, 43200),
        ({"requestParameters": {"expires": "43200"}}, 43200),
        ({"requestParameters": {"expires": 43200.0}}, 43200),
        ({"requestParameters": {"streamName": "ward-3"}}, 300),
        ({"requestParameters": None}, URL_LIFE_UNTOLD),
        ({"requestParameters": {"expires": 10**12}}, 300),
        ({"requestParameters": None, "errorCode": "AccessDenied"}, None),
        ({"eventName": "GetMedia"}, None),
    ],
    ids=["asked", "as text", "as 43200.0", "default", "not logged", "impossible", "denied", "no URL"],
)
def test_it_reads_how_long_a_playback_url_lives(changes, seconds):
    assert event_of(kvs_record(**{"eventName": "GetHLSStreamingSessionURL", **changes})).url_expires_s == seconds


def test_it_reads_which_call_an_endpoint_is_asked_for():
    record = kvs_record(eventName="GetDataEndpoint", requestParameters={"streamName": "door", "aPIName": "GET_MEDIA"})
    assert event_of(record).api_name == "GET_MEDIA"


def test_an_addendum_names_the_record_that_it_corrects():
    record = kvs_record(addendum={"reason": "UPDATED_DATA", "originalEventID": "E-1"})
    found = event_of(record)
    assert (found.addendum_of, found.addendum_reason) == ("e-1", "UPDATED_DATA")


@pytest.mark.parametrize("reason", ["DELIVERY_DELAY", "SERVICE_OUTAGE", None])
def test_a_late_record_corrects_none_and_says_why_it_is_late(reason):
    found = event_of(kvs_record(addendum={"reason": reason, "originalEventID": "e-1"}))
    assert (found.addendum_of, found.addendum_reason) == (None, reason)


def test_a_correction_under_the_id_of_what_it_corrects_is_another_record():
    first = kvs_record()
    again = first | {"addendum": {"reason": "UPDATED_DATA", "originalEventID": first["eventID"].upper()}}
    found = event_of(again)
    assert found.addendum_of == event_of(first).event_id != found.event_id
    assert event_of(again).event_id == found.event_id


# ---------------------------------------------------------------- AssumeRole*


def test_it_reads_an_issued_session():
    found = session_of(assume_role_record())
    assert (found.role_arn, found.session_name, found.access_key) == (ROLE_ARN, "night-shift", "ASIAVIEWER0000000001")
    assert found.expires_at == datetime(2026, 11, 1, 11, tzinfo=UTC)
    assert (found.caller.kind, found.caller_key) == (ActorKind.USER, "AKIAANN0000000000001")
    assert "EXAMPLETOKEN" not in repr(found)


def test_a_service_may_leave_out_who_was_assumed():
    record = assume_role_record(
        userIdentity={"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
        requestParameters=None,
        responseElements={"credentials": {"accessKeyId": "ASIAX", "expiration": "Jan 2, 2027 1:02:03 AM"}},
        resources=[{"type": "AWS::IAM::Role", "ARN": ROLE_ARN}],
    )
    found = session_of(record)
    assert (found.role_arn, found.session_name, found.caller_key) == (ROLE_ARN, None, None)


def test_a_denied_call_names_its_role_in_the_message_alone():
    message = f"User: arn:x is not authorized to perform: sts:AssumeRole on resource: {ROLE_ARN}"
    record = assume_role_record(
        requestParameters=None, responseElements=None, errorCode="AccessDenied", errorMessage=message
    )
    found = session_of(record)
    assert (found.role_arn, found.access_key, found.error_code) == (ROLE_ARN, None, "AccessDenied")


def test_a_denied_call_that_names_no_role_is_kept():
    record = assume_role_record(requestParameters=None, responseElements=None, errorCode="AccessDenied")
    assert session_of(record).role_arn == ""


def test_it_reads_what_the_caller_gave():
    parameters = {"roleArn": ROLE_ARN, "externalId": "x", "sourceIdentity": "ann", "serialNumber": "arn:mfa"}
    found = session_of(assume_role_record(requestParameters=parameters))
    assert (found.external_id_given, found.source_identity, found.mfa_serial) == (True, "ann", "arn:mfa")
