import msgspec
import pytest

from app.demo import records
from app.demo.actors import iso, service, session, user
from app.demo.estate import estate

SMALL = estate(small=True)
ACCOUNT = SMALL.account("cams-prod-eu")
ARN = "arn:aws:kinesisvideo:eu-central-1:310045578826:stream/whs-001/1601500000000"
AT = 1_795_392_000
CAMERA = user(ACCOUNT, "cam-gate-07", "203.0.113.57")


def decoded(happening):
    return msgspec.json.decode(happening.raw)


def test_a_management_call_has_the_documented_shape():
    record = decoded(records.endpoint(CAMERA, AT, ARN, "PUT_MEDIA"))

    assert record["requestParameters"] == {"streamName": "whs-001", "aPIName": "PUT_MEDIA"}
    assert record["responseElements"] is None
    assert record["eventSource"] == "kinesisvideo.amazonaws.com"
    assert (record["managementEvent"], record["eventCategory"], record["readOnly"]) == (True, "Management", True)
    assert "resources" not in record
    assert record["additionalEventData"] == {"kvswatchDemo": "emulated"}


def test_a_media_call_is_a_data_event_marked_as_inferred():
    record = decoded(records.video_call(CAMERA, AT, "PutMedia", ARN, by_arn=True))

    assert record["requestParameters"] == {"streamARN": ARN}
    assert record["resources"] == [{"accountId": ACCOUNT.id, "type": "AWS::KinesisVideo::Stream", "ARN": ARN}]
    assert (record["managementEvent"], record["eventCategory"], record["readOnly"]) == (False, "Data", False)
    assert "inferred" in record["additionalEventData"]["kvswatchDemo"]


def test_a_denied_call_has_code_and_message():
    record = decoded(records.video_call(CAMERA, AT, "ListStreams", None, region="eu-west-1", denied=True))

    assert record["errorCode"] == "AccessDenied"
    assert record["errorMessage"].startswith(
        f"User: {CAMERA.arn} is not authorized to perform: kinesisvideo:ListStreams"
    )
    assert record["awsRegion"] == "eu-west-1"


def test_the_same_call_has_the_same_id_and_another_second_another():
    first, again = (decoded(records.endpoint(CAMERA, AT, ARN, "PUT_MEDIA")) for _ in range(2))
    later = decoded(records.endpoint(CAMERA, AT + 1, ARN, "PUT_MEDIA"))

    assert first["eventID"] == again["eventID"]
    assert len({first["eventID"], first["requestID"], later["eventID"]}) == 3


def test_within_an_account_a_session_is_issued_by_one_record():
    issued = session(ACCOUNT, "WarehouseCamRole", "ab" * 32, AT)

    (record,) = map(
        decoded, records.assume_role(service(ACCOUNT.id, "credentials.iot.amazonaws.com"), issued, AT, "eu-central-1")
    )

    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": "credentials.iot.amazonaws.com"}
    assert record["responseElements"]["credentials"]["accessKeyId"] == issued.access_key
    assert "secretAccessKey" not in record["responseElements"]["credentials"]
    assert record["readOnly"] is True
    assert "sharedEventID" not in record


def test_across_accounts_there_are_two_records_with_one_shared_id():
    issued = session(SMALL.account("clinic-video"), "ArchiveReader", "s", AT)

    own, seen = map(decoded, records.assume_role(CAMERA, issued, AT, "eu-central-1"))

    assert own["sharedEventID"] == seen["sharedEventID"]
    assert own["eventID"] != seen["eventID"]
    assert (own["recipientAccountId"], seen["recipientAccountId"]) == (ACCOUNT.id, "590817264433")
    assert seen["userIdentity"]["type"] == "AWSAccount"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        pytest.param(AT, "Nov 23, 2026, 1:00:00 AM", id="neither day nor hour padded"),
        pytest.param(AT - 3600, "Nov 23, 2026, 12:00:00 AM", id="midnight is twelve"),
        pytest.param(AT + 11 * 3600, "Nov 23, 2026, 12:00:00 PM", id="noon is twelve"),
    ],
)
def test_the_end_of_a_session_is_written_as_aws_does(at, text):
    issued = session(ACCOUNT, "WarehouseCamRole", "s", at)
    record = decoded(records.assume_role(service(ACCOUNT.id, "x"), issued, at, "eu-central-1")[0])

    assert record["responseElements"]["credentials"]["expiration"] == text


def test_a_web_identity_has_no_account_of_its_own():
    issued = session(ACCOUNT, "TerraformPlan", "github-plan", AT)
    record = decoded(
        records.web_identity(
            issued, AT, "eu-central-1", subject="repo:x", provider="token", address="192.0.2.1", agent="tf"
        )
    )

    assert record["userIdentity"]["type"] == "WebIdentityUser"
    assert "accountId" not in record["userIdentity"]
    assert record["responseElements"]["subjectFromWebIdentityToken"] == "repo:x"


def test_times_are_written_in_utc():
    assert iso(AT + 3661) == "2026-11-23T01:01:01Z"
