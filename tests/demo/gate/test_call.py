import io
from datetime import UTC, datetime

import pytest

from app.demo.gate import cbor
from app.demo.gate.call import identify, moment, several


def request(service, method="POST", path="/", query="", body=b"", **headers):
    scope = f"20261123/eu-west-1/{service}/aws4_request"
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=AKIAX/{scope}, SignedHeaders=host, Signature=0",
        **headers,
    }


@pytest.mark.parametrize(
    ("environ", "name", "protocol", "params"),
    [
        pytest.param(
            request("cloudtrail", body=b'{"Name": "t"}', HTTP_X_AMZ_TARGET="CloudTrail_20131101.GetTrail"),
            "cloudtrail:GetTrail",
            "json",
            {"Name": "t"},
            id="json",
        ),
        pytest.param(
            request(
                "iam",
                body=b"Action=GetRole&RoleName=a%2Fb",
                CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8",
            ),
            "iam:GetRole",
            "query",
            {"Action": "GetRole", "RoleName": "a/b"},
            id="query",
        ),
        pytest.param(
            request("ec2", body=b"Action=DescribeRegions", CONTENT_TYPE="application/x-www-form-urlencoded"),
            "ec2:DescribeRegions",
            "ec2",
            {"Action": "DescribeRegions"},
            id="ec2",
        ),
        pytest.param(
            request("kinesisvideo", path="/listStreams", body=b'{"MaxResults": 3}'),
            "kinesisvideo:ListStreams",
            "rest-json",
            {"MaxResults": 3},
            id="rest-json",
        ),
        pytest.param(
            request("iot", method="GET", path="/role-aliases/warehouse%20cams"),
            "iot:DescribeRoleAlias",
            "rest-json",
            {"roleAlias": "warehouse cams"},
            id="rest-json with a name in the path",
        ),
        pytest.param(
            request(
                "monitoring",
                path="/service/Granite/operation/ListMetrics",
                body=cbor.encode({"a": 1}),
                HTTP_SMITHY_PROTOCOL="rpc-v2-cbor",
            ),
            "cloudwatch:ListMetrics",
            "cbor",
            {"a": 1},
            id="cbor, by another signing name",
        ),
        pytest.param(
            request("kinesisvideo", path="/unheardOf"),
            "kinesisvideo:POST /unheardOf",
            "rest-json",
            {},
            id="a path that no operation has",
        ),
    ],
)
def test_it_knows_the_operation_of_every_protocol(environ, name, protocol, params):
    call = identify(environ)

    assert (call.name, call.protocol, call.params) == (name, protocol, params)
    assert (call.access_key, call.region) == ("AKIAX", "eu-west-1")


@pytest.mark.parametrize(
    ("method", "path", "query", "operation"),
    [
        ("GET", "/", "", "ListBuckets"),
        ("GET", "/b", "list-type=2&prefix=a", "ListObjectsV2"),
        ("GET", "/b/", "list-type=2", "ListObjectsV2"),
        ("GET", "/b", "prefix=a", "ListObjects"),
        ("GET", "/b", "location=", "GetBucketLocation"),
        ("GET", "/b", "publicAccessBlock", "GetPublicAccessBlock"),
        ("HEAD", "/b", "", "HeadBucket"),
        ("GET", "/b/a/k", "", "GetObject"),
        ("HEAD", "/b/k", "", "HeadObject"),
        ("PUT", "/b/k", "", "PutObject"),
    ],
)
def test_it_knows_the_operation_of_s3(method, path, query, operation):
    assert identify(request("s3", method, path, query)).operation == operation


def test_the_body_can_be_read_again():
    environ = request("kinesisvideo", path="/listStreams", body=b'{"MaxResults": 3}')

    call = identify(environ)

    assert call.body == environ["wsgi.input"].read() == b'{"MaxResults": 3}'


def test_without_a_signature_it_is_no_call():
    environ = request("iam")
    del environ["HTTP_AUTHORIZATION"]

    assert identify(environ) is None


def test_a_list_of_the_query_protocol_is_gathered_in_order():
    params = {f"Filter.member.{number}": f"v{number}" for number in (2, 1, 10)}

    assert several(params, "Filter") == ["v1", "v2"]


@pytest.mark.parametrize(
    "value",
    [
        1_795_392_000,
        1_795_392_000.0,
        "2026-11-23T00:00:00Z",
        "2026-11-23T00:00:00",
        datetime(2026, 11, 23),  # noqa: DTZ001 - as SDKs may give it
        datetime(2026, 11, 23, tzinfo=UTC),
    ],
)
def test_a_time_is_read_in_every_form(value):
    assert moment(value) == datetime(2026, 11, 23, tzinfo=UTC)


def test_no_time_is_none():
    assert moment(None) is None
    assert moment("") is None
