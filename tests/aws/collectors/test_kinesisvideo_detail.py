from dataclasses import replace

from app.aws.collectors.kinesisvideo import streams
from app.aws.collectors.kinesisvideo_detail import COLLECTOR, edge, images, notifications, stream_tags

ACCOUNT, REGION = "cams-prod-eu", "eu-central-1"


def listed(calls_of):
    calls = calls_of(ACCOUNT, REGION)
    return calls, streams(calls, None)


def names(found):
    return {arn.split("/")[1]: value for arn, value in found.items()}


def test_it_reads_the_tags_of_each_stream(aws, calls_of):
    made = {stream.name: stream.tags for stream in aws.estate.account(ACCOUNT).streams if stream.region == REGION}
    assert names(stream_tags(*listed(calls_of))) == made


def test_it_reads_each_configuration_and_tells_where_there_is_none(aws, calls_of):
    made = {stream.name: stream for stream in aws.estate.account(ACCOUNT).streams if stream.region == REGION}
    calls, found = listed(calls_of)
    for read, field in ((images, "image_generation"), (notifications, "notification"), (edge, "edge")):
        configured = {name for name, value in names(read(calls, found)).items() if value is not None}
        assert configured == {name for name, stream in made.items() if getattr(stream, field) is not None}


def test_a_stream_that_is_gone_since_the_listing_is_left_out(calls_of):
    calls, found = listed(calls_of)
    gone = {"StreamARN": "arn:aws:kinesisvideo:eu-central-1:310045578826:stream/gone/1"}
    assert set(stream_tags(calls, [*found, gone])) == {one["StreamARN"] for one in found}


def test_it_asks_for_nothing_but_the_streams_that_are_wanted_by_arn_or_name(aws, calls_of):
    calls, found = listed(calls_of)
    by_arn, by_name, *_ = (one["StreamARN"] for one in found)
    aws.gate.ledger.clear()
    wanted = replace(calls, only=frozenset({by_arn, by_name.split("/")[1], "gone"}))
    assert set(stream_tags(wanted, found)) == {by_arn, by_name}
    assert [call.operation for call in aws.gate.ledger.calls].count("ListTagsForStream") == 2


def test_each_detail_has_a_permission_of_its_own():
    details = [part for part in COLLECTOR.parts if part.needs is not None]
    assert len({part.permissions for part in details}) == len(details) == 6
