import msgspec

from app.demo.stories._programs import FUNCTIONS, Program, arn_of, read, signed_on, streams_named
from tests.demo.stories.conftest import ESTATE, day

PROGRAM = Program(ESTATE.account("clinic-video"), "ClipExporter", FUNCTIONS, "clip-exporter", "192.0.2.35")


def test_a_program_calls_with_the_session_that_was_issued_last():
    issued = [msgspec.json.decode(happening.raw) for happening in PROGRAM.issues(day(-1), "eu-central-1")]
    keys = [record["responseElements"]["credentials"]["accessKeyId"] for record in issued]

    assert len(set(keys)) == 4
    assert PROGRAM.at(day(-1), day(-1).at(3)).access_key == keys[0]
    assert PROGRAM.at(day(-1), day(-1).at(23.9)).access_key == keys[3]


def test_a_read_asks_for_the_endpoint_of_that_very_api():
    caller = PROGRAM.at(day(-1), day(-1).at(3))
    arn = arn_of(PROGRAM.account, "lobby-clinic")

    asked, made = (msgspec.json.decode(h.raw) for h in read(caller, day(-1).at(3), arn, "GetMediaForFragmentList"))
    url = msgspec.json.decode(next(read(caller, 0, arn, "GetHLSStreamingSessionURL")).raw)

    assert asked["requestParameters"]["aPIName"] == "GET_MEDIA_FOR_FRAGMENT_LIST"
    assert made["eventName"] == "GetMediaForFragmentList"
    assert url["requestParameters"]["aPIName"] == "GET_HLS_STREAMING_SESSION_URL"


def test_a_sign_on_hands_out_the_key_of_the_session():
    happening, session = signed_on(PROGRAM.account, "VideoAnalyst", "a@halden.example", 1000, "203.0.113.1")

    record = msgspec.json.decode(happening.raw)
    assert record["responseElements"]["credentials"]["accessKeyId"] == session.access_key
    assert record["userIdentity"]["type"] == "SAMLUser"
    assert "accountId" not in record["userIdentity"]


def test_streams_are_found_by_name():
    arns = streams_named(PROGRAM.account, lambda name: name == "ward-3-corridor")

    assert arns == [arn_of(PROGRAM.account, "ward-3-corridor")]
