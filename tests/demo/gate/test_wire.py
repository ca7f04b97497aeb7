import json
from datetime import UTC, datetime

import pytest

from app.demo.gate import cbor, wire
from app.demo.gate.errors import AwsError
from tests.demo.gate.test_call import identify, request

FORM = "application/x-www-form-urlencoded"
MOMENT = datetime(2026, 11, 23, tzinfo=UTC)
JSON = identify(request("cloudtrail", body=b"{}", HTTP_X_AMZ_TARGET="CloudTrail_20131101.GetTrailStatus"))
REST = identify(request("kinesisvideo", path="/listStreams"))
QUERY = identify(request("iam", body=b"Action=GetCredentialReport", CONTENT_TYPE=FORM))
CBOR = identify(
    request(
        "monitoring", path="/service/G/operation/ListMetrics", body=cbor.encode({}), HTTP_SMITHY_PROTOCOL="rpc-v2-cbor"
    )
)


def test_json_has_times_as_numbers_and_leaves_out_what_is_none():
    status, _, body = wire.answer(JSON, {"IsLogging": True, "LatestDeliveryTime": MOMENT, "LatestDeliveryError": None})

    assert status == 200
    assert json.loads(body) == {"IsLogging": True, "LatestDeliveryTime": MOMENT.timestamp()}


def test_the_query_protocol_is_xml_with_blobs_in_base64():
    _, headers, body = wire.answer(QUERY, {"Content": b"a,b", "GeneratedTime": MOMENT})

    assert headers["Content-Type"] == "text/xml"
    assert b"<Content>YSxi</Content>" in body
    assert b"2026-11-23T00:00:00" in body


def test_what_is_not_in_the_model_is_not_sent():
    _, _, body = wire.answer(REST, {"StreamInfoList": [], "secret": 1})

    assert json.loads(body) == {"StreamInfoList": []}


@pytest.mark.parametrize("call", [JSON, REST, QUERY, CBOR], ids=["json", "rest-json", "query", "cbor"])
def test_a_refusal_carries_code_status_and_headers(call):
    status, headers, body = wire.refusal(call, AwsError("SlowDown", "not <so> fast", 503, {"Retry-After": "2"}))

    assert status == 503
    assert headers["Retry-After"] == "2"
    assert b"SlowDown" in body


def test_a_refusal_in_xml_escapes_its_message():
    _, _, body = wire.refusal(QUERY, AwsError("SlowDown", "not <so> fast", 503))

    assert b"not &lt;so&gt; fast" in body
