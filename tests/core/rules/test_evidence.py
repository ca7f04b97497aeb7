import json
from datetime import timedelta

from app.core.rules.evidence import MOST_EVENTS, MOST_STREAMS, events, period, statement, streams_of
from app.core.rules.policies import parsed
from tests.builders import iam
from tests.builders.events import event


def test_a_statement_is_shown_whole_with_the_deciding_lines_marked():
    policy = parsed(iam.document(iam.deny(), iam.allow(["kinesisvideo:GetMedia", "s3:GetObject"], Sid="Read")))

    shown = statement(policy, policy.statements[1], ("kinesisvideo:GetMedia",))

    assert shown.where == "inline policy own, statement Read"
    assert json.loads(shown.text)["Action"] == ["kinesisvideo:GetMedia", "s3:GetObject"]
    assert [shown.text.splitlines()[number - 1].strip() for number in shown.marked] == ['"kinesisvideo:GetMedia",']


def test_a_document_of_one_statement_outside_a_list_is_shown_too():
    document = iam.NO_TAGS_FROM_SESSION

    assert '"sts:AssumeRole"' in statement(parsed(document), parsed(document).statements[0]).text


def test_of_many_events_the_first_and_the_last_are_shown():
    calls = [event(number) for number in range(40)]

    shown = events(calls)

    assert len(shown) == MOST_EVENTS
    assert shown[-1].where == f"{calls[-1].event_time:%Y-%m-%d %H:%M:%SZ}"
    assert shown[0].text == "GetClip ward-3-corridor from 198.51.100.204"


def test_an_event_says_how_it_ended_and_what_was_not_logged():
    (shown,) = events([event(error_code="AccessDenied", address=None, stream=None)])

    assert shown.text == "GetClip from an address not logged, AccessDenied"


def test_events_of_one_moment_keep_their_own_links():
    calls = [event(0), event(1, event_time=event(0).event_time + timedelta(0))]

    assert len({shown.link for shown in events(calls)}) == 2


def test_a_period_names_its_days_once():
    first = event(0).event_time.replace(hour=3)

    assert period(first, first) == f"{first:%Y-%m-%d %H:%MZ}"
    assert period(first, first + timedelta(hours=2)) == f"{first:%Y-%m-%d %H:%MZ} to 05:{first:%M}Z"
    assert period(first, first + timedelta(days=1)).count(f"{first:%H:%MZ}") == 2


def test_evidence_tells_the_streams_of_all_calls_also_of_those_that_are_not_shown():
    arns = [f"arn:aws:kinesisvideo:eu-central-1:590817264433:stream/ward-{number:04d}/1" for number in range(9)]
    one = events([event(0, stream=arns[0]), event(1, stream=None)])
    all_nine, *shown = events([event(number, stream=arn) for number, arn in enumerate(arns)])

    assert [found.streams for found in one] == [(arns[0],), ()]
    assert all_nine.streams == tuple(arns)
    assert (all_nine.where, all_nine.text[:12]) == ("streams of the 9 calls", "ward-0000, w")
    assert len(shown) == MOST_EVENTS


def test_of_very_many_streams_a_part_is_kept():
    assert (
        len(streams_of("streams", [f"stream {number}" for number in range(MOST_STREAMS + 1)]).streams) == MOST_STREAMS
    )
