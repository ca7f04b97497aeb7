"""`/streams/{id}`."""

import csv
import html
import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Grant, Outcome
from app.core.model.trail import AdvancedSelector, FieldSelector
from app.core.query.moment import iso
from app.core.retention import Dropped
from app.db.queries.entries import store_entries
from app.db.queries.grants import store_matrix
from app.db.queries.retention import mark_dropped
from app.web.pages.stream import MOST_LANES
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import dimension, make_calls, make_principal, make_stream, stream_arn
from tests.builders.estate import DATA, LEGACY, make_bucket_reader, make_inventory, make_trail, stream_of
from tests.builders.events import event, store
from tests.builders.findings import make_finding
from tests.builders.past import BEFORE, CHANGED, GATE, IAM_ALONE, READER, THEN, YARD, make_early_call, make_past


@pytest.mark.parametrize("path", ["/streams/999", "/streams/0", "/streams/99999999999999", "/streams/x"])
def test_an_unknown_stream_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_first_sentence_says_who_may_who_did_and_what_was_seen(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['ward-3']}").text
    assert "4 principals may watch it, three of them roles that nobody is known to get into. In 7 d three " in page
    assert "In 7 d three asked to and were let." in page
    assert "96.1 % of the time could be observed." in page


def test_a_role_that_may_and_that_nobody_gets_into_is_counted_and_said(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
        roles = [f"arn:aws:iam::{CLINIC}:role/{make_principal(connection, name) and name}" for name in ("Open", "Shut")]
        grants = [Grant(role, "GetMedia", Outcome.ALLOW, (stream_arn(connection, stream),)) for role in roles]
        store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"", now=NOW)
        by = Entry(roles[0], TrustedKind.SERVICE, "ec2.amazonaws.com", None, Outcome.ALLOW)
        store_entries(connection, CLINIC, [by], inputs=b"", accounts=[CLINIC], now=NOW)
    page = client.get(f"/streams/{stream}").text
    assert "2 principals may watch it, one of them a role that nobody is known to get into." in page
    opened, shut = (page.partition(f"<bdi>{name}</bdi></a>")[2].partition("</tr>")[0] for name in ("Open", "Shut"))
    assert "nobody is known to get into it" in shut
    assert "nobody" not in opened


def test_a_stream_that_nothing_logs_never_says_that_nobody_watched(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['old-0']}").text
    assert "None of the time could be observed, so who watched cannot be known." in page
    assert "Who may watch it is not computed yet" in page
    assert "0 principals" not in page


def test_of_two_streams_each_has_what_the_selector_that_names_one_takes_of_it(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection)
        streams = {name: make_stream(connection, name) for name in ("ward-1", "lobby")}
        arns = {name: stream_arn(connection, stream) for name, stream in streams.items()}
        ward_alone = (*DATA.fields, FieldSelector("resources.ARN", equals=(arns["ward-1"],)))
        make_trail(connection, CLINIC, (AdvancedSelector("ward", ward_alone),))
        make_inventory(connection, CLINIC, tuple(stream_of(arn, name) for name, arn in arns.items()))
    ward, lobby = (client.get(f"/streams/{streams[name]}").text for name in ("ward-1", "lobby"))
    assert "All of the time could be observed." in ward
    assert "None of the time could be observed, so who watched cannot be known." in lobby


def test_who_may_leads_to_the_cell_of_the_matrix(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['ward-3']}").text
    analyst = estate["clinic-video/VideoAnalyst"]
    assert f"cell={analyst}%2CGetMedia" in page
    assert 'aria-label="Archive: used"' in page
    assert 'aria-label="Write: per device"' in page
    assert 'aria-label="Delete: denied"' in page


@pytest.mark.parametrize("end", ["", "/review"])
def test_the_key_to_its_signs_says_what_is_warm(client: TestClient, estate: dict[str, int], end: str) -> None:
    key = client.get(f"/streams/{estate['ward-3']}{end}").text.partition('<ul class="key">')[2].partition("</ul>")[0]
    assert '<span class="w">warm</span> exposes media, the rest is cool' in key


def test_who_writes_by_a_grant_to_devices_does_not_look_unused(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['ward-3']}").text.partition(">Who may <")[2]
    row = page.partition(">WardCamRole<")[2].partition("</tr>")[0]
    assert ">Last read<" in page
    assert re.search(r'title="Write: per device; used (once|[\d,]+ times since [-\d]+), .+?" aria-label', row)
    assert re.search(r'not seen</span><span class="sub">Write <time', row)


def test_who_may_was_not_seen_to_read_only_where_somebody_could_look(
    client: TestClient, engine: Engine, estate: dict[str, int]
) -> None:
    with engine.begin() as connection:
        arn = stream_arn(connection, estate["old-0"])
        grant = Grant(f"arn:aws:iam::{LEGACY}:role/VideoAnalyst", "GetMedia", Outcome.ALLOW, (arn,))
        store_matrix(connection, LEGACY, [grant], (), evaluator=1, inputs=b"", now=NOW)
    page = client.get(f"/streams/{estate['old-0']}").text.partition(">Who may <")[2].partition("</table>")[0]
    assert '<td class="num"><span class="muted">not observable</span></td>' in page


def test_of_several_actions_the_one_that_was_used_is_shown(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream, reader = make_stream(connection, "ward-1"), make_principal(connection, "Reader")
        arn, role = stream_arn(connection, stream), f"arn:aws:iam::{CLINIC}:role/Reader"
        grants = [
            Grant(role, "GetClip", Outcome.ALLOW, (arn,)),
            Grant(role, "GetImages", Outcome.CONDITIONAL, (arn,), ("aws:sourceip",)),
        ]
        store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"", now=NOW)
        make_calls(connection, "GetImages", 3, NOW - timedelta(hours=1), principal_id=reader, stream_id=stream)
    page = client.get(f"/streams/{stream}").text
    assert 'title="Archive: conditional; used 3 times since 2026-11-23, last 2026-11-23" aria-label' in page


def test_who_did_stands_in_lanes_by_kind_of_call(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['ward-3']}").text
    watched, _, filmed = page.partition(">Filmed</th>")
    asked, _, issued = watched.partition(">Asked for video, and AWS answered</th>")[2].partition(">URL issued to</th>")
    assert "Archive, clips" in asked
    assert "URL" not in asked
    assert "Playback URL; who opened the URL is not logged" in issued
    assert "WardCamRole" in filmed


def test_what_aws_refused_are_tries_beside_what_it_answered(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
        arn = stream_arn(connection, stream)
        refused = [
            event(n, action=action, stream=arn, error_code="AccessDenied")
            for n, action in enumerate(["GetMedia", "GetHLSStreamingSessionURL", "PutMedia"])
        ]
        yesterday = event(9, action="GetMedia", stream=arn, event_time=NOW - timedelta(days=1))
        store(connection, [*refused, yesterday, event(10, action="GetClip", stream=arn)])
        store(connection, [event(11, action="GetClip", stream=arn, error_code="AccessDenied")])
    page = client.get(f"/streams/{stream}").text
    asked, _, tried = page.partition(">Asked for video, and AWS answered</th>")[2].partition(
        ">Tried, and got nothing</th>"
    )
    tried = tried.partition("</table>")[0]
    assert ">URL issued to</th>" not in page
    assert ">Filmed</th>" not in page
    assert re.findall(r'class="sub">([^<]*)</span></th>', asked) == ["GetMedia", "Archive, clips"]
    assert re.findall(r'class="sub">([^<]*)</span></th>', tried) == [
        "GetMedia", "Archive, clips", "Playback URL", "PutMedia",
    ]  # fmt: skip


def test_lanes_that_are_not_drawn_are_counted(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
        for n in range(MOST_LANES + 2):
            reader = make_principal(connection, f"Analyst{n:02}")
            make_calls(connection, "GetMedia", n + 1, stream_id=stream, principal_id=reader)
    page = client.get(f"/streams/{stream}").text
    assert "the last call of a day; 2 more are not drawn" in page


def test_a_stream_that_only_calls_named_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = dimension(
            connection, "stream", account_id=CLINIC, region="eu-central-1", kind="stream", name="ghost", arn=None
        )
        make_calls(connection, "GetMedia", 3, stream_id=stream, principal_id=make_principal(connection, "Analyst"))
    page = client.get(f"/streams/{stream}").text
    assert "no inventory knows it" in page
    assert "Analyst" in page


def test_who_may_is_not_told_of_a_stream_of_its_name_in_another_region(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        arn = stream_arn(connection, make_stream(connection, "gate"))
        make_principal(connection, "ArchiveReader")
        watches = Grant(f"arn:aws:iam::{CLINIC}:role/ArchiveReader", "GetMedia", Outcome.ALLOW, (arn,))
        store_matrix(connection, CLINIC, [watches], [], evaluator=1, inputs=b"x", now=NOW)
        store(connection, [event(0, action="GetMedia", stream="gate", region="eu-west-1"), event(1, stream=f"{arn}9")])
        unlisted = (
            connection.execute(text("select id from stream where id <> 0 and (arn is null or arn like '%9')"))
            .scalars()
            .all()
        )
    assert len(unlisted) == 2
    for stream in unlisted:
        page, review = (client.get(f"/streams/{stream}{part}").text for part in ("", "/review"))
        assert "Who may watch it is not known: no inventory holds this stream. In 7 d one asked to and was let." in page
        assert (
            "No inventory holds it, so nobody&#39;s policies were judged on it. In 90 d one asked to and was let"
            in review
        )
        assert "0 principals may" not in page + review
        assert "1 principal may" not in page + review
        # Who did is there all the same, and nothing of the other.
        assert ">ArchiveReader<" in page.partition("Who may")[2].replace("<bdi>", "").replace("</bdi>", "")
        first, line = csv.DictReader(client.get(f"/streams/{stream}/review.csv").text.splitlines())
        assert (first["principal"], first["view"]) == ("", "not evaluated")
        assert (line["principal"][-13:], line["view"], line["reads"]) == ("ArchiveReader", "not evaluated", "1")
        assert line["view_states"] == "unknown; used"


def test_a_channel_has_columns_of_its_own(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['ward-intercom']}").text
    assert "single master" in page
    assert "PutMedia" not in page.partition("Who may")[2]


def test_findings_about_it_stand_there(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
        found = make_finding(connection, stream_arn(connection, stream))
    assert f'href="/findings/{found}"' in client.get(f"/streams/{stream}").text


def test_findings_whose_evidence_names_it_stand_there_too(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream, other = (make_stream(connection, name) for name in ("ward-1", "ward-2"))
        arns = [stream_arn(connection, one) for one in (stream, other)]
        on_it = {"kind": "event", "where": "then", "text": "GetClip ward-1", "streams": arns[:1]}
        makes = [
            make_finding(connection, f"reader {n}", evidence=[evidence], state=state)
            for n, (evidence, state) in enumerate(
                [
                    (on_it, "open"),
                    (on_it, "resolved"),
                    (on_it | {"streams": arns[1:]}, "open"),
                    (on_it | {"text": f'"Resource": "{arns[0]}"', "streams": []}, "open"),
                ]
            )
        ]
    section = client.get(f"/streams/{stream}").text.partition("Others that name it")[2].partition("</section>")[0]
    assert [f'href="/findings/{made}"' in section for made in makes] == [True, False, False, True]


def test_hostile_tags_names_and_callers_stay_text(client: TestClient, engine: Engine) -> None:
    hostile = "<script>alert(1)</script>\u202e"
    with engine.begin() as connection:
        make_account(connection, name=hostile)
        stream = make_stream(connection, hostile, tags='{"<script>k": "<script>v"}', device_name=hostile)
        who = make_principal(connection, hostile)
        make_calls(connection, "GetMedia", 3, stream_id=stream, principal_id=who)
    page = client.get(f"/streams/{stream}").text
    assert "<script>alert" not in page
    assert "<script>k" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 3


@pytest.fixture
def past(engine: Engine) -> dict[str, int]:
    """The ids of streams and roles of an account that changed, by name."""
    make_past(engine)
    noon = datetime.combine(THEN.date(), time(12), UTC)
    with engine.begin() as connection:
        called = {"action": "GetMedia", "stream": YARD, "actor": replace(event().actor, principal=READER)}
        store(connection, [event(n, event_time=noon + timedelta(hours=n), **called) for n in range(2)])
        named = "select name, id from stream where arn is not null union all select name, id from principal"
        return dict(connection.exec_driver_sql(named).all())


def test_as_of_a_time_a_stream_that_is_gone_since_was_there(client: TestClient, past: dict[str, int]) -> None:
    noon = datetime.combine(THEN.date(), time(12, 30), UTC)
    page = html.unescape(client.get(f"/streams/{past['yard']}?at={iso(noon)}").text)
    assert "gone since" not in page
    assert "site=north" in page
    assert "principals might watch it" in page
    assert f'href="/principals/{past["Reader"]}?at={quote(iso(noon))}' in page
    assert "both times the same; nobody looked in between." in page
    only = re.search(r'<td class="num opt">1</td><td class="num"><a href="[^"]+">1</a></td>', page)
    assert only, "the call after the time counts"
    assert "They are told as of now alone." in page
    assert f"&to={quote(iso(noon))}" in page.partition('href="/events?')[2]


def test_as_of_a_time_before_it_was_listed_nothing_is_known_of_a_stream(
    client: TestClient, past: dict[str, int]
) -> None:
    page = client.get(f"/streams/{past['gate']}?at={iso(BEFORE)}").text
    assert "It was not known then: its Region was not listed." in page
    assert "not known: first read at" in page
    assert "0 principals" not in page
    assert "Who might watch it is not known: the account&#39;s policies were not read." in page
    assert f"No permissions and no settings had been read before {BEFORE:%Y-%m-%d %H:%M:%SZ}" in page
    assert re.search(r"By the logs as read by now: in [-:0-9 to]+ nobody was seen to\.", page)
    assert "<dt>Listed</dt><dd>not known then: its Region was not listed</dd>" in page


def test_before_iam_was_read_what_nobody_was_seen_to_do_is_unknown_and_not_ungranted(
    client: TestClient, engine: Engine
) -> None:
    ids = make_early_call(engine)
    page = client.get(f"/streams/{ids['gate']}?at={iso(BEFORE)}").text
    row = page.partition("<h2>Who may ")[2].partition("<bdi>Reader</bdi>")[2].partition("</tr>")[0]
    states = re.findall(r'aria-label="(\w+: [^"]+)"', row)
    assert states == ["Live: used", "Archive: unknown", "URL: unknown", "Write: unknown", "Delete: unknown"]
    assert "not granted" not in row


def test_as_of_a_time_when_iam_alone_was_read_nothing_is_not_granted_on_a_stream(
    client: TestClient, engine: Engine
) -> None:
    make_past(engine, is_iam_first=True)
    reads = event(event_time=IAM_ALONE, action="GetMedia", stream=GATE, actor=replace(event().actor, principal=READER))
    with engine.begin() as connection:
        store(connection, [reads])
        gate = connection.exec_driver_sql("select id from stream where arn = %s", (GATE,)).scalar_one()
    at = iso(IAM_ALONE + timedelta(minutes=1))
    page, review = (client.get(f"/streams/{gate}{part}?at={at}").text for part in ("", "/review"))
    for shown in (page, review):
        assert "It was not known then: its Region was not listed" in shown
        assert "nobody&#39;s policies were judged on it." in shown.partition("through a role")[2]
        who = shown.partition("<h2>Who m")[2].partition("</table>")[0]
        assert who.count("<bdi>Reader</bdi>") == 1
        assert ">root<" not in who, "it did nothing: it is one of many of whom it is not known"
        for wrong in ("not granted", "no longer granted", "0 principals", "No role and no user"):
            assert wrong not in who
    assert "Live: used" in page
    assert "is not known; 1 principal seen using it" in review
    first, line = csv.DictReader(client.get(f"/streams/{gate}/review.csv?at={at}").text.splitlines())
    assert (first["principal"], first["view"], line["view"]) == ("", "not evaluated", "not evaluated")


def test_who_may_watch_a_listed_stream_stands_there_though_no_channel_was_ever_listed(
    client: TestClient, engine: Engine
) -> None:
    make_past(engine)
    denied = "update part set state = 'denied', seen_at = null where part = 'channels'"
    with engine.begin() as connection:
        connection.exec_driver_sql(denied)
        gate = connection.exec_driver_sql("select id from stream where arn = %s", (GATE,)).scalar_one()
    page, review = (client.get(f"/streams/{gate}{part}").text for part in ("", "/review.csv"))
    assert "of them a role that nobody is known to get into." in page
    assert "<bdi>Reader</bdi>" in page.partition("Who may")[2]
    assert [one["view"] for one in csv.DictReader(review.splitlines()) if one["principal"] == READER] == ["GetMedia"]
    assert "not evaluated" not in review


def test_who_may_watch_a_listed_stream_stands_there_though_somebody_described_it_by_name_just_now(
    client: TestClient, engine: Engine
) -> None:
    make_past(engine)
    with engine.begin() as connection:
        store(connection, [event(event_time=NOW - timedelta(hours=1), action="DescribeStream", stream="gate")])
        gate = connection.exec_driver_sql("select id from stream where arn = %s", (GATE,)).scalar_one()
    page = client.get(f"/streams/{gate}").text
    assert "of them a role that nobody is known to get into." in page
    assert "<bdi>Reader</bdi>" in page.partition("Who may")[2]
    lines = csv.DictReader(client.get(f"/streams/{gate}/review.csv").text.splitlines())
    assert [one["view"] for one in lines if one["principal"] == READER] == ["GetMedia"]


def test_as_of_a_time_what_was_called_since_the_listing_before_it_is_not_said_to_be_not_there(
    client: TestClient, engine: Engine
) -> None:
    make_past(engine)
    actor = replace(event().actor, principal=READER)
    with engine.begin() as connection:
        store(connection, [event(event_time=NOW - timedelta(hours=2), action="GetMedia", stream="fresh", actor=actor)])
        fresh = connection.exec_driver_sql("select id from stream where name = 'fresh'").scalar_one()
    at = iso(NOW - timedelta(hours=1))
    for page in (client.get(f"/streams/{fresh}{part}?at={at}").text for part in ("", "/review")):
        assert "not known then: its Region was not listed after calls on it" in page
        assert "not there then" not in page
    assert "Live: used" in client.get(f"/streams/{fresh}?at={at}").text


def test_what_only_calls_name_and_a_later_listing_lacks_is_gone(client: TestClient, engine: Engine) -> None:
    make_past(engine)
    early = event(event_time=NOW - timedelta(days=8), action="GetMedia", stream="ghost")
    with engine.begin() as connection:
        store(connection, [early])
        ghost = connection.exec_driver_sql("select id from stream where name = 'ghost'").scalar_one()
    for part in ("", "/review"):
        page = client.get(f"/streams/{ghost}{part}").text
        assert "The listing of its Region does not have it: it was gone by then, or never there." in page
        assert "no inventory holds" not in page


def test_as_of_a_time_a_stream_that_was_gone_is_said_to_be(client: TestClient, past: dict[str, int]) -> None:
    page = client.get(f"/streams/{past['yard']}?at={iso(CHANGED)}").text
    assert "It was not there then, by the listing of its Region." in page


@pytest.mark.parametrize("at", ["tomorrow", "9999-12-31T00:00Z", "1" * 10_000])
def test_a_time_that_is_none_is_said_and_now_is_shown(client: TestClient, past: dict[str, int], at: str) -> None:
    for path in (f"/streams/{past['gate']}", f"/principals/{past['Reader']}"):
        page = client.get(path, params={"at": at})
        assert (page.status_code, '<span class="chip bad"><span><bdi>at: ' in page.text) == (200, True)
        assert "might watch" not in page.text


def test_a_stream_that_calls_name_without_its_arn_is_the_one_of_that_name(client: TestClient, engine: Engine) -> None:
    named = {"account_id": CLINIC, "region": "eu-central-1", "kind": "stream", "name": "ward-1"}
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
        by_name = dimension(connection, "stream", **named, arn=None)
        gone = dimension(connection, "stream", **named, arn=f"{stream_arn(connection, stream)[:-1]}1")
        other = dimension(connection, "stream", **(named | {"name": "ward-2"}), arn=None)
    answer = client.get(f"/streams/{by_name}?from=now-2d", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"/streams/{stream}?from=now-2d")
    assert client.get(f"/streams/{gone}", follow_redirects=False).status_code == 200
    assert "named by calls only" in client.get(f"/streams/{other}").text


def test_who_asked_for_footage_is_told_by_the_statement(client: TestClient, estate: dict[str, int]) -> None:
    asked = "footage=2026-11-21T14:00Z..2026-11-21T15:00Z"
    page = client.get(f"/streams/{estate['ward-3']}?{asked}")
    assert page.url.path == f"/streams/{estate['ward-3']}/statement"
    assert "Video of 2026-11-21 14:00Z to 2026-11-21 15:00Z" in page.text


def test_of_more_days_of_use_than_are_read_the_newest_are(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.pages.stream.MOST_DAYS_OF_USE", 2)
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
        reader = make_principal(connection, "Analyst")
        for days in range(1, 5):
            at = NOW - timedelta(days=days)
            make_calls(connection, "GetMedia", 1, at, stream_id=stream, principal_id=reader)
    page = client.get(f"/streams/{stream}").text
    assert "at least one asked to and was let" in page
    assert "of too many days of use those before 2026-11-21 are left out" in page


def test_of_an_hour_the_last_read_is_that_of_the_whole_day_and_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream, reader = make_stream(connection, "ward-1"), make_principal(connection, "Reader")
        grants = [
            Grant(f"arn:aws:iam::{CLINIC}:role/Reader", "GetClip", Outcome.ALLOW, (stream_arn(connection, stream),))
        ]
        store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"", now=NOW)
        evening = datetime(2026, 11, 22, 18, tzinfo=UTC)
        make_calls(connection, "GetClip", 3, evening, principal_id=reader, stream_id=stream)
    page = client.get(f"/streams/{stream}?from=2026-11-22T14:00Z&to=2026-11-22T15:00Z").text
    may = page.partition("<h2>Who may ")[2].partition("</section>")[0]
    assert "; last read: the whole day 11-22 UTC</small>" in may
    assert '<time datetime="2026-11-22T18:00' in may
    out = page.partition("<h2>Ways out ")[2].partition("</section>")[0]
    assert "; who did: 11-22 14:00 to 11-22 15:00</small>" in out
    assert "<bdi>Reader</bdi>" not in out


@pytest.mark.parametrize("minute", [None, 30, 59])
def test_who_called_before_and_after_an_hour_was_let_in_it_only_by_a_call_in_it(
    client: TestClient, engine: Engine, minute: int | None
) -> None:
    day = datetime(2026, 11, 22, tzinfo=UTC)
    times = [day + timedelta(hours=13), day + timedelta(hours=15), day + timedelta(hours=18)]
    times += [] if minute is None else [day + timedelta(hours=14, minutes=minute)]
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n, action="GetClip", event_time=at) for n, at in enumerate(times)])
        refused = day + timedelta(hours=14, minutes=10)
        store(connection, [event(9, action="GetClip", event_time=refused, error_code="AccessDenied")])
        stream = connection.execute(text("select id from stream where id > 0")).scalar_one()
    page = client.get(f"/streams/{stream}?from=2026-11-22T14:00Z&to=2026-11-22T15:00Z").text
    said = "nobody was seen to" if minute is None else "one asked to and was let"
    assert f"In 11-22 14:00 to 11-22 15:00 {said}." in page
    out = page.partition("<h2>Ways out ")[2].partition("</section>")[0]
    assert ("<bdi>ArchiveReader</bdi>" in out) == (minute is not None)
    with engine.begin() as connection:
        # Of what is not kept any more only the day tells.
        mark_dropped(connection, "event", Dropped(day + timedelta(days=1), 90), NOW)
    page = client.get(f"/streams/{stream}?from=2026-11-22T14:00Z&to=2026-11-22T15:00Z").text
    assert "In the whole days of 11-22 14:00 to 11-22 15:00 one asked to and was let." in page
    assert "; who did: the whole days of 11-22 14:00 to 11-22 15:00</small>" in page
    page = client.get(f"/streams/{stream}?from=2026-11-22T14:00Z&to=2026-11-23T00:00Z").text
    assert "In the whole days of 11-22 14:00 to 11-23 00:00 one asked to and was let." in page
    page = client.get(f"/streams/{stream}?from=2026-11-22T00:00Z&to=2026-11-23T00:00Z").text
    assert "In 11-22 00:00 to 11-23 00:00 one asked to and was let." in page
