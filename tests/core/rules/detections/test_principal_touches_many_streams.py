from datetime import date

from app.core.rules.detections.principal_touches_many_streams import MANY, RULE
from app.core.rules.facts import History
from tests.builders.events import CLINIC, ROLE
from tests.builders.facts import call, day_of, judged, only

LONG = date(2026, 11, 1)


def reads(count: int, **changes: object):
    return [call(n, stream=f"cam-{n:03}", **changes) for n in range(count)]


def before(most: int) -> History:
    return History(LONG, streams_a_day={ROLE: {date(2026, 11, 20): most, date(2026, 11, 19): 1}})


def test_it_flags_who_reads_far_more_streams_than_ever():
    found = only(judged(RULE, day_of(*reads(30), history=before(10))))

    assert found.message == "ArchiveReader read 30 streams on 23 November; on no day before more than 10"


def test_it_flags_who_never_read_before():
    assert "none before" in only(judged(RULE, day_of(*reads(MANY), history=History(LONG)))).message


def test_it_leaves_a_batch_alone_that_always_reads_all():
    assert judged(RULE, day_of(*reads(40), history=before(38))).violations == ()


def test_it_leaves_a_search_over_a_few_alone():
    assert judged(RULE, day_of(*reads(MANY - 1), history=History(LONG))).violations == ()


def test_a_stream_is_one_by_its_arn_and_by_its_name_and_another_in_another_region():
    half = reads(MANY // 2)
    by_arn = [
        call(50 + n, stream=f"arn:aws:kinesisvideo:eu-central-1:{CLINIC}:stream/{one.stream}/1719000000000")
        for n, one in enumerate(half)
    ]
    elsewhere = reads(MANY // 2, region="us-east-1")

    assert judged(RULE, day_of(*half, *by_arn, history=History(LONG))).violations == ()
    assert f"read {MANY} streams" in only(judged(RULE, day_of(*half, *elsewhere, history=History(LONG)))).message


def test_it_leaves_a_deployment_alone_that_describes_every_stream():
    assert judged(RULE, day_of(*reads(60, action="DescribeStream"), history=History(LONG))).violations == ()


def test_it_cannot_tell_while_too_little_of_the_past_is_known():
    assert judged(RULE, day_of(*reads(60))).cannot_tell
