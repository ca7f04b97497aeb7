"""What can be stated of one stream, from all that is stored."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from app.core.model.event import URL_LIFE_UNTOLD, Actor, ActorKind
from app.core.model.footage import Footage, FootageKind
from app.core.model.metric import RequestCount
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.stream import StreamDetail
from app.core.model.trail import AdvancedSelector, FieldSelector
from app.core.parts import StreamDetails
from app.core.query.interval import asked_since
from app.core.statement.evidence import MOST_BESIDE, Doubt, Verdict
from app.db.queries.snapshots import store_part
from app.services.make_statement import Statement, make_statement
from tests.builders.accounts import CLINIC, NOW, make_rejected
from tests.builders.calls import dimension
from tests.builders.estate import DATA, REGION
from tests.builders.sessions import issued, store_issued
from tests.builders.statement import (
    DAY,
    END,
    HOUR,
    START,
    make_counts,
    make_looked_at,
    make_reads,
    question,
    read_of,
    row_of,
)

MINUTE = timedelta(minutes=1)
SATURDAY = (START + 14 * HOUR, START + 15 * HOUR)
URL = "GetHLSStreamingSessionURL"


def _stated(engine: Engine, *reads: dict[str, Any], kind: str = "stream", **asked: Any) -> Statement:
    with engine.begin() as connection:
        row = make_looked_at(connection, kind=kind)
        make_reads(connection, *(read_of(row, n, **changes) for n, changes in enumerate(reads)))
        return make_statement(connection, EVERYTHING, question(row, **asked))


def _doubts(found: Statement) -> list[Doubt]:
    return [reason.doubt for reason in found.judgement.reasons]


def test_nobody_is_proven_where_everything_was_looked_at(engine: Engine) -> None:
    found = _stated(engine)
    assert (found.judgement.sentence, found.readers, found.refused) == ("None, proven", (), ())
    assert (found.evidence.hours.verified, found.evidence.compared.days) == (25, 1)


def test_log_files_of_time_to_come_are_not_unverified(engine: Engine) -> None:
    early = START + 5 * HOUR - 4 * MINUTE
    found = _stated(engine, now=early, start=START, end=START + 9 * HOUR)
    assert (found.evidence.hours.total, found.evidence.hours.stretches[-1].end) == (5, early)


def test_a_read_is_told_with_who_made_it(engine: Engine) -> None:
    ada = Actor(ActorKind.ROLE, "arn:aws:iam::590817264433:role/Analyst", CLINIC, "x", "ada@halden.example")
    found = _stated(engine, {"actor": ada}, {"actor": ada, "event_time": START}, {"event_time": END})
    assert found.judgement.sentence == "2 reads"
    (reader,) = found.readers
    assert (reader.viewer.name, reader.calls, reader.first.at) == ("ada@halden.example", 2, START)


def test_reads_of_two_sessions_of_one_key_id_are_of_two_readers(engine: Engine) -> None:
    ann, ben = (Actor(ActorKind.USER, f"arn:aws:iam::{CLINIC}:user/{name}", CLINIC) for name in ("ann", "ben"))
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_reads(connection, *(read_of(row, hour, event_time=START + hour * HOUR) for hour in (1, 2, 5, 6, 7)))
        taken = issued(1, caller=ann, event_time=START), issued(2, caller=ben, event_time=START + 5 * HOUR)
        store_issued(connection, taken)
        found = make_statement(connection, EVERYTHING, question(row))
    assert [(one.viewer.name, one.calls) for one in found.readers] == [(ben.principal, 3), (ann.principal, 2)]
    assert found.readers[0].first.at == START + 5 * HOUR
    assert found.judgement.sentence == "5 reads"


def test_a_refused_attempt_is_no_read_and_stands_apart(engine: Engine) -> None:
    found = _stated(engine, {"error_code": "AccessDenied"})
    assert found.judgement.verdict is Verdict.PROVEN
    assert [(one.error_code, one.calls) for one in found.refused] == [("AccessDenied", 1)]


def test_a_playback_url_of_before_leaves_open_who_watched(engine: Engine) -> None:
    issued = {"action": URL, "event_time": START - HOUR}
    assert _doubts(_stated(engine, issued | {"url_expires_s": 3601})) == [Doubt.ALIVE]


@pytest.mark.parametrize(("expires", "doubts"), [(3600, []), (None, [Doubt.ALIVE]), (URL_LIFE_UNTOLD, [Doubt.ALIVE])])
def test_one_that_had_ended_does_not_and_one_of_unknown_length_does(
    engine: Engine, expires: int | None, doubts: list[Doubt]
) -> None:
    issued = {"action": URL, "event_time": START - HOUR, "url_expires_s": expires}
    assert _doubts(_stated(engine, issued)) == doubts


@pytest.mark.parametrize(
    ("at", "doubts"),
    [
        (START - 59 * MINUTE, [Doubt.LASTING]),
        (START - 61 * MINUTE, []),
        (END + 59 * MINUTE, [Doubt.LASTING]),
        (END + 61 * MINUTE, []),
    ],
)
def test_a_long_call_beside_it_may_have_reached_into_it(engine: Engine, at: Any, doubts: list[Doubt]) -> None:
    assert _doubts(_stated(engine, {"action": "GetMedia", "event_time": at})) == doubts


def test_a_read_that_names_no_stream_may_be_of_this_one(engine: Engine) -> None:
    assert _doubts(_stated(engine, {"stream": None})) == [Doubt.UNNAMED]


def test_a_read_that_gives_the_name_alone_counts(engine: Engine) -> None:
    assert _stated(engine, {"stream": "ward-1"}).judgement.reads == 1


def test_reads_of_another_stream_and_other_calls_do_not(engine: Engine) -> None:
    other = {"stream": f"arn:aws:kinesisvideo:{REGION}:{CLINIC}:stream/ward-2/1"}
    found = _stated(engine, other, {"action": "PutMedia"}, {"action": "ListFragments"})
    assert found.judgement.verdict is Verdict.PROVEN


def test_a_record_that_could_not_be_read_may_be_a_read(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_rejected(connection, "no userIdentity", origin="lookup_events", rejected_at=START + HOUR)
        assert _doubts(make_statement(connection, EVERYTHING, question(row))) == [Doubt.REJECTED]


def test_cloudwatch_contradicts_what_is_stored(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_counts(connection, RequestCount("ward-1", "GetClip", START.date(), 1))
        found = make_statement(connection, EVERYTHING, question(row))
    assert _doubts(found) == [Doubt.COUNTED]
    assert "1 of GetClip" in found.judgement.sentence


def test_without_its_counts_nothing_is_compared_and_nothing_refuted(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection, kind="channel")
        found = make_statement(connection, EVERYTHING, question(row))
    assert (found.evidence.compared.days, found.judgement.verdict) == (0, Verdict.PROVEN)


def test_only_the_actions_that_show_video_have_to_be_observable(engine: Engine) -> None:
    all_but_lists = replace(DATA, fields=(*DATA.fields, FieldSelector("eventName", not_equals=("ListFragments",))))
    assert _stated_with(engine, all_but_lists).judgement.verdict is Verdict.PROVEN


def test_where_selectors_leave_out_a_reading_action_it_is_told_apart(engine: Engine) -> None:
    live = replace(DATA, fields=(*DATA.fields, FieldSelector("eventName", equals=("GetMedia",))))
    found = _stated_with(engine, live)
    assert {one.actions == ("GetMedia",): one.strip.observed for one in found.looked} == {True: 1.0, False: 0.0}
    assert Doubt.NOT_OBSERVED in _doubts(found)


def _stated_with(engine: Engine, selector: AdvancedSelector) -> Statement:
    with engine.begin() as connection:
        row = make_looked_at(connection, selectors=(selector,))
        return make_statement(connection, EVERYTHING, question(row))


def test_images_leave_the_stream_without_a_call(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        assert row.arn is not None
        detail = StreamDetail(image_generation_status="ENABLED", image_destination_uri="s3://images")
        store_part(connection, CLINIC, "stream_images", REGION, StreamDetails(((row.arn, detail),)), START + HOUR)
        found = make_statement(connection, EVERYTHING, question(row))
    assert _doubts(found) == [Doubt.IMAGES]
    assert "s3://images" in found.judgement.sentence


def test_an_interval_that_runs_into_the_future_is_not_over(engine: Engine) -> None:
    assert Doubt.NOT_OVER in _doubts(_stated(engine, end=NOW + HOUR))


def test_an_interval_that_lies_ahead_proves_nothing(engine: Engine) -> None:
    found = _stated(engine, start=NOW + HOUR, end=NOW + DAY)
    assert found.judgement.verdict is Verdict.NOT_PROVABLE


def test_a_stream_that_calls_alone_name_proves_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        make_looked_at(connection)
        ghost = dimension(connection, "stream", account_id=CLINIC, region=REGION, kind="stream", name="ghost", arn=None)
        found = make_statement(connection, EVERYTHING, question(row_of(connection, ghost)))
    assert _doubts(found)[:2] == [Doubt.NOT_OBSERVED, Doubt.UNVERIFIED]


def test_nothing_of_an_account_out_of_scope_is_told(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_reads(connection, read_of(row))
        found = make_statement(connection, Scope(frozenset({1})), question(row))
    assert (found.judgement.verdict, found.readers, found.looked) == (Verdict.NOT_PROVABLE, (), ())


def test_a_url_that_still_opened_is_not_hidden_by_newer_ones_that_did_not(engine: Engine) -> None:
    old = {"action": URL, "event_time": START - 11 * HOUR, "url_expires_s": 43_200}
    over = [{"action": URL, "event_time": START - HOUR, "url_expires_s": 300}] * (MOST_BESIDE + 1)
    found = _stated(engine, old, *over)
    assert _doubts(found) == [Doubt.ALIVE]
    assert [one.until for one in found.evidence.alive] == [START + HOUR]


def test_a_call_that_may_have_lasted_is_not_hidden_by_newer_ones_that_were_refused(engine: Engine) -> None:
    old = {"action": "GetMedia", "event_time": START - 50 * MINUTE}
    refused = [{"action": "GetMedia", "event_time": START - MINUTE, "error_code": "AccessDenied"}] * (MOST_BESIDE + 1)
    found = _stated(engine, old, *refused)
    assert _doubts(found) == [Doubt.LASTING]
    assert [one.at for one in found.evidence.lasting] == [START - 50 * MINUTE]


# ---------------------------------------------------------------- by the video asked for
def _asked_for(engine: Engine, *footage: Footage | None, **changes: Any) -> Statement:
    start, end = asked_since(SATURDAY), NOW
    reads = [{"footage": one, "event_time": NOW - DAY} | changes for one in footage]
    return _stated(engine, *reads, footage=SATURDAY, start=start, end=end)


def test_who_asked_for_the_video_counts_whenever_it_was(engine: Engine) -> None:
    asked = Footage(FootageKind.INTERVAL, SATURDAY[0] - HOUR, SATURDAY[0] + MINUTE)
    other = Footage(FootageKind.INTERVAL, SATURDAY[1], SATURDAY[1] + HOUR)
    found = _asked_for(engine, asked, other)
    assert (found.judgement.reads, len(found.readers), found.maybe) == (1, 1, ())


def test_a_read_of_unknown_video_is_a_doubt_and_no_read(engine: Engine) -> None:
    found = _asked_for(engine, Footage(FootageKind.FRAGMENT_NUMBER), None)
    assert (found.judgement.reads, found.evidence.unsure) == (0, 2)
    assert Doubt.UNSURE in _doubts(found)


def _fetched(engine: Engine, listed: Footage, **changes: Any) -> Statement:
    """Return the statement on a fetch by number and a listing, with one key unless `changes` to the listing say."""
    start, end = asked_since(SATURDAY), NOW
    fetch = {"action": "GetMediaForFragmentList", "footage": Footage(FootageKind.FRAGMENT_NUMBER)}
    listing = {"action": "ListFragments", "footage": listed} | changes
    reads = [{"event_time": NOW - DAY, "access_key": "ASIAONE"} | one for one in (fetch, listing)]
    return _stated(engine, *reads, footage=SATURDAY, start=start, end=end)


def test_who_listed_the_video_stands_apart_and_what_the_key_fetched_is_counted(engine: Engine) -> None:
    found = _fetched(engine, Footage(FootageKind.INTERVAL, *SATURDAY))
    assert [one.action for one in found.listed] == ["ListFragments"]
    assert [(one.calls, one.listed) for one in found.maybe] == [(1, 1)]
    assert (found.judgement.reads, found.evidence.unsure, found.evidence.unsure_listed) == (0, 1, 1)


@pytest.mark.parametrize("changes", [{"access_key": "ASIATWO"}, {"access_key": None}], ids=["another", "none"])
def test_a_listing_with_another_key_says_nothing_of_it(engine: Engine, changes: dict[str, Any]) -> None:
    found = _fetched(engine, Footage(FootageKind.INTERVAL, *SATURDAY), **changes)
    assert (len(found.listed), found.evidence.unsure_listed) == (1, 0)


def test_neither_does_a_listing_of_other_video(engine: Engine) -> None:
    assert _fetched(engine, Footage(FootageKind.INTERVAL, SATURDAY[1], SATURDAY[1] + HOUR)).listed == ()


def test_a_listing_that_was_refused_told_nothing(engine: Engine) -> None:
    found = _fetched(engine, Footage(FootageKind.INTERVAL, *SATURDAY), error_code="AccessDenied")
    assert (found.listed, found.evidence.unsure_listed) == ((), 0)


def test_a_refused_call_for_what_was_live_before_is_none_for_this(engine: Engine) -> None:
    live = Footage(FootageKind.LIVE, SATURDAY[0] - MINUTE)
    found = _asked_for(engine, live, action="GetMedia", event_time=live.start, error_code="AccessDenied")
    assert found.refused == ()


def test_an_end_asked_for_as_now_leaves_no_call_out(engine: Engine) -> None:
    start = asked_since(SATURDAY)
    found = _stated(engine, footage=SATURDAY, start=start, end=NOW, now=NOW + timedelta(microseconds=9))
    assert Doubt.LEFT_OUT not in _doubts(found)


def test_a_refused_call_for_the_video_is_told(engine: Engine) -> None:
    asked = Footage(FootageKind.INTERVAL, *SATURDAY)
    found = _asked_for(engine, asked, error_code="AccessDenied")
    assert (found.judgement.reads, [one.calls for one in found.refused]) == (0, [1])


def test_a_url_issued_before_that_showed_it_live_counts(engine: Engine) -> None:
    live = Footage(FootageKind.LIVE, SATURDAY[0] - HOUR, SATURDAY[0] + MINUTE)
    found = _asked_for(engine, live, action=URL, event_time=SATURDAY[0] - HOUR, url_expires_s=3660)
    assert found.judgement.reads == 1


def test_a_range_that_leaves_out_who_could_have_asked_for_it_live_is_a_doubt(engine: Engine) -> None:
    found = _stated(engine, footage=SATURDAY, start=SATURDAY[0], end=NOW)
    assert Doubt.LEFT_OUT in _doubts(found)


def test_calls_that_are_left_out_are_a_doubt(engine: Engine) -> None:
    found = _stated(engine, footage=SATURDAY, start=SATURDAY[1] + HOUR, end=NOW - HOUR)
    (reason,) = [reason for reason in found.judgement.reasons if reason.doubt is Doubt.LEFT_OUT]
    assert "before" in reason.text
    assert "on" in reason.text
