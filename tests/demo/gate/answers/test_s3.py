import gzip
import json

import pytest
from botocore.exceptions import ClientError

from app.demo.emulator import Emulator
from tests.demo.conftest import client_of

BUCKET = "halden-cloudtrail"


@pytest.fixture
def s3(client):
    return client("s3", "log-archive")


def keys(s3, **more):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, **more)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def test_pages_of_any_size_give_the_same_in_order(aws, s3):
    whole = keys(s3)

    assert keys(s3, PaginationConfig={"PageSize": 37}) == whole
    assert whole == sorted(aws.world.buckets[BUCKET].objects)


def test_it_lists_a_prefix_after_a_key(s3):
    prefix = "AWSLogs/310045578826/CloudTrail/"
    logs = keys(s3, Prefix=prefix)

    assert logs
    assert keys(s3, Prefix=prefix, StartAfter=logs[2]) == logs[3:]
    assert keys(s3, Prefix="nowhere/") == []


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_delimiter_folds_folders(s3, size):
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix="AWSLogs/", Delimiter="/", PaginationConfig={"PageSize": size}
    )

    folders = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]

    assert folders == ["AWSLogs/310045578826/", "AWSLogs/590817264433/", "AWSLogs/o-h4ld3n7k2q/"]


def test_a_log_file_is_gzip_and_says_so(s3):
    key = next(key for key in keys(s3) if "/CloudTrail/" in key)

    answer = s3.get_object(Bucket=BUCKET, Key=key)
    body = answer["Body"].read()

    assert answer["ContentEncoding"] == "gzip"
    assert json.loads(gzip.decompress(body))["Records"]
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=key)["Contents"][0]
    assert listed["Size"] == answer["ContentLength"] == len(body)
    assert listed["ETag"] == answer["ETag"]
    assert listed["LastModified"] == answer["LastModified"]


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        pytest.param("bytes=0-9", slice(0, 10), id="first"),
        pytest.param("bytes=10-", slice(10, None), id="from"),
        pytest.param("bytes=-5", slice(-5, None), id="last"),
    ],
)
def test_it_gives_a_range(s3, asked, part):
    key = keys(s3)[0]
    whole = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    assert s3.get_object(Bucket=BUCKET, Key=key, Range=asked)["Body"].read() == whole[part]


def test_what_is_not_there_is_named(s3):
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket=BUCKET, Key="nowhere")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=BUCKET, Key="nowhere")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.list_objects_v2(Bucket="no-such-bucket-here")


def test_an_object_comes_back_as_it_was_put():
    with Emulator(small=True, days=0) as aws:
        s3 = client_of(aws)("s3", "log-archive")
        name = "AWSLogs/odd name/ü&<.gz"
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"\x1f\x8bnot gzip", Metadata={"signature": "ab"})
        aws.put_object(BUCKET, "truncated.json.gz", b"\x1f\x8b")
        got = s3.get_object(Bucket=BUCKET, Key=name)
        body, metadata = got["Body"].read(), got["Metadata"]
        listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
        s3.delete_object(Bucket=BUCKET, Key=name)
        after = s3.list_objects_v2(Bucket=BUCKET)["KeyCount"]

    assert body == b"\x1f\x8bnot gzip"
    assert metadata == {"signature": "ab"}
    assert listed == [name, "truncated.json.gz"]
    assert after == 1
