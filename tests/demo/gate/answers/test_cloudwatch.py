import http.client
from contextlib import closing
from datetime import timedelta

from app.demo.gate import cbor

PUTS = "PutMedia.Requests"


def query(stream, period, name=PUTS):
    metric = {
        "Namespace": "AWS/KinesisVideo",
        "MetricName": name,
        "Dimensions": [{"Name": "StreamName", "Value": stream}],
    }
    return {"Id": "q", "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"}}


def test_it_counts_requests_by_period(aws, client):
    end = aws.now
    arguments = {"StartTime": end - timedelta(days=1), "EndTime": end, "ScanBy": "TimestampAscending"}
    watch = client("cloudwatch")

    hourly = watch.get_metric_data(MetricDataQueries=[query("whs-001", 3600)], **arguments)["MetricDataResults"][0]
    daily = watch.get_metric_data(MetricDataQueries=[query("whs-001", 86_400)], **arguments)["MetricDataResults"][0]

    assert sum(hourly["Values"]) == sum(daily["Values"]) > 10
    assert hourly["Timestamps"] == sorted(hourly["Timestamps"])
    assert all(moment.minute == 0 for moment in hourly["Timestamps"])


def test_a_stream_that_nobody_called_has_no_values(aws, client):
    arguments = {"StartTime": aws.now - timedelta(days=1), "EndTime": aws.now}

    found = client("cloudwatch").get_metric_data(MetricDataQueries=[query("nowhere", 3600)], **arguments)

    assert found["MetricDataResults"][0]["Values"] == []


def test_it_lists_the_metrics_that_there_are(client):
    metrics = client("cloudwatch").list_metrics(Namespace="AWS/KinesisVideo", MetricName=PUTS)["Metrics"]

    streams = {metric["Dimensions"][0]["Value"] for metric in metrics}
    assert {"whs-001", "gate-07"} <= streams


def test_it_speaks_the_protocol_of_newer_sdks(aws, client):
    """moto keeps boto3 in its own process from using CBOR, so the request is made by hand."""
    session = client("cloudwatch")
    key = session._request_signer._credentials.access_key
    body = cbor.encode(
        {
            "MetricDataQueries": [query("whs-001", 86_400)],
            "StartTime": aws.now - timedelta(days=1),
            "EndTime": aws.now,
        }
    )
    scope = "20261123/eu-central-1/monitoring/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, Signature=0",
        "smithy-protocol": "rpc-v2-cbor",
        "Content-Type": "application/cbor",
    }
    with closing(http.client.HTTPConnection(aws.endpoint.removeprefix("http://"))) as connection:
        path = "/service/GraniteServiceVersion20100801/operation/GetMetricData"
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        result = cbor.decode(answer.read())

    assert answer.status == 200
    assert answer.getheader("smithy-protocol") == "rpc-v2-cbor"
    assert sum(result["MetricDataResults"][0]["Values"]) > 10
