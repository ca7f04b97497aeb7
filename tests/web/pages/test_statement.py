"""`/streams/{id}/statement`."""

import csv
import html
import io
import re
from typing import Any

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app import __version__
from app.core.model.event import Actor, ActorKind
from app.core.model.footage import Footage, FootageKind
from app.core.model.metric import RequestCount, RequestCounts
from app.core.query.interval import interval_text
from app.core.query.moment import iso
from app.core.retention import Dropped
from app.db.queries.retention import keep_counts, mark_dropped
from app.db.queries.snapshots import store_part
from app.web.app import create_app
from app.web.site import Site
from tests.builders.accounts import CLINIC, NOW
from tests.builders.assumptions import make_refuted
from tests.builders.calls import make_principal
from tests.builders.estate import REGION
from tests.builders.events import event, store
from tests.builders.statement import DAY, END, HOUR, START, make_counts, make_looked_at, make_reads, read_of

RANGE = f"from={iso(START)}&to={iso(END)}"
URL = "GetHLSStreamingSessionURL"
HOSTILE = "<script>alert(1)</script>\u202e=HYPERLINK(1)"


def _page(client: TestClient, engine: Engine, *reads: dict[str, Any], asked: str = RANGE, **made: Any) -> str:
    with engine.begin() as connection:
        row = make_looked_at(connection, **made)
        make_principal(connection, "ArchiveReader")
        make_reads(connection, *(read_of(row, n, **changes) for n, changes in enumerate(reads)))
    answer = client.get(f"/streams/{row.id}/statement?{asked}")
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", answer.text))


@pytest.mark.parametrize("path", ["999", "0", "99999999999999"])
@pytest.mark.parametrize("end", ["statement", "statement.json", "statement.csv"])
def test_an_unknown_stream_is_not_found(client: TestClient, path: str, end: str) -> None:
    assert client.get(f"/streams/{path}/{end}").status_code == 404


def test_the_page_of_the_stream_leads_to_it_with_its_range(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
    page = client.get(f"/streams/{row.id}?from=now-30d").text
    assert f'href="/streams/{row.id}/statement?from=now-30d"' in page


def test_nobody_proven_is_the_heading_with_what_proves_it(client: TestClient, engine: Engine) -> None:
    page = _page(client, engine)
    assert "<h1>None, proven</h1>" in page
    assert "none of them is a read. CloudWatch counted no more." in page
    assert "It rests on 15 assumptions" in page.partition("</section>")[0]
    assert "25 hours: 25 verified" in page
    assert "1 day compared: no request is without its event." in page
    assert "Logged by <bdi>kvs-trail (eu-central-1)</bdi>." in page
    assert 'class="state"' in page


def test_of_video_it_rests_on_what_calls_asked_for_too(client: TestClient, engine: Engine) -> None:
    page = _page(client, engine, asked=f"footage={interval_text((START, START + HOUR))}&{RANGE}")
    assert "It rests on 18 assumptions" in page


def test_the_file_of_video_is_kept_as_it_was_asked_for_until_now(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
    footage = interval_text((START, START + HOUR))
    assert client.get(f"/streams/{row.id}/statement.csv?footage={footage}").status_code == 200
    (again,) = re.findall(r'href="(/streams/[0-9]+/statement\.csv[^"]*)"', client.get("/exports").text)
    assert "footage=" in again
    assert "to=" not in again


def test_that_a_call_is_counted_once_may_be_refuted_which_hides_no_read(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_refuted(connection, "event_ids_are_equal_over_trails")
    page = _page(client, engine)
    assert "<h1>None, proven</h1>" in page
    assert "1 of them refuted" in page.partition("</section>")[0]


def test_reads_may_be_fewer_where_a_record_refutes_that_a_call_is_counted_once(
    client: TestClient, engine: Engine
) -> None:
    said = "They may be fewer: a record refutes that a call is counted once, however many trails log it."
    assert said not in _page(client, engine, {})
    with engine.begin() as connection:
        make_refuted(connection, "event_ids_are_equal_over_trails")
        (stream,) = connection.execute(text("select stream_id from event where stream_id > 0")).one()
    assert said in html.unescape(client.get(f"/streams/{stream}/statement?{RANGE}").text)


def test_where_it_cannot_be_proven_each_reason_stands_there_with_its_page(client: TestClient, engine: Engine) -> None:
    page = _page(client, engine, {"stream": None}, asked=f"from={iso(START - 2 * DAY)}&to={iso(END)}")
    assert "<h1>None seen, not provable</h1>" in page
    assert 'class="state unseen"' in page
    assert "The log files of 24 hours are unverified." in page
    assert "#integrity" in page
    assert "1 read of its Region named no stream." in page
    others = [{"action": "ListStreams"}, {"region": "eu-west-1"}, {"error_code": "AccessDenied"}]
    with engine.begin() as connection:
        store(
            connection,
            [event(50 + n, **({"event_time": START + HOUR, "stream": None} | one)) for n, one in enumerate(others)],
        )
    (link,) = re.findall(r'href="(/events\?[^"]*stream=__none__[^"]*)"', page)
    rows = csv.DictReader(io.StringIO(client.get(link.replace("/events?", "/events.csv?", 1)).text))
    assert [row["action"] for row in rows] == ["GetClip"]


def test_reads_are_told_by_whom_with_links_to_the_calls(client: TestClient, engine: Engine) -> None:
    page = _page(client, engine, {}, {"action": URL, "url_expires_s": 300})
    assert "<h1>2 reads</h1>" in page
    assert "1 of them is a playback URL that was issued; who opened it is not logged." in page
    assert "There were no others." in page
    assert "URL issued, the last good until 2026-11-20 12:05:00Z; who opened it is not logged" in page
    assert re.search(r'href="/principals/\d+" title="[^"]+"><bdi>Unknown</bdi></a> <span class="badge unknown">', page)
    assert re.search(r'through <a href="/principals/\d+"><bdi>ArchiveReader', page)
    assert "action=GetClip&principal=arn" in page


def test_who_cannot_be_known_is_not_named_by_the_session(client: TestClient, engine: Engine) -> None:
    actor = Actor(ActorKind.ROLE, f"arn:aws:iam::{CLINIC}:role/ArchiveReader", CLINIC, "the-ceo")
    assert "the-ceo" not in _page(client, engine, {"actor": actor})


def test_refused_attempts_stand_apart(client: TestClient, engine: Engine) -> None:
    page = _page(client, engine, {"error_code": "AccessDeniedException"})
    assert "<h1>None, proven</h1>" in page
    assert "AccessDeniedException" in page.partition("Attempts that were refused")[2]


def test_what_cloudwatch_counted_stands_beside_what_is_stored(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        day = START.date()
        make_counts(
            connection, RequestCount("ward-1", "GetClip", day, 3), RequestCount("ward-1", "GetHLSMediaPlaylist", day, 9)
        )
    page = client.get(f"/streams/{row.id}/statement?{RANGE}").text
    assert "3 requests left no event" in page
    assert '<td>GetClip</td><td class="num">3</td><td class="num">0</td><td class="num"><b>3</b></td>' in page
    assert "a player with a playback URL" in page


def test_a_proof_says_of_how_many_days_cloudwatch_was_read(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        connection.execute(text("delete from snapshot where part = 'request_counts'"))
        read = RequestCounts(START.date() - DAY, END.date(), ())
        store_part(connection, CLINIC, "request_counts", REGION, read, END + HOUR)
    page = client.get(f"/streams/{row.id}/statement?from={iso(START)}&to={iso(END + 2 * HOUR)}").text
    assert "CloudWatch counted no more on 1 day, and was not read of the rest." in html.unescape(page)
    assert "1 day compared, 1 day not (2026-11-21): no request is without its event." in page
    page = client.get(f"/streams/{row.id}/statement?from={iso(START - 9 * DAY)}&to={iso(END + DAY)}").text
    assert "2 days compared, 9 days not (2026-11-11 to 2026-11-18 and 2026-11-21)" in page


def test_what_was_not_counted_is_not_compared(client: TestClient, engine: Engine) -> None:
    page = _page(client, engine, kind="channel")
    assert "CloudWatch's own counts were not read." in page
    assert "Not compared: CloudWatch's counts are read of streams alone." in page


def test_it_says_what_was_asked_by_whom_and_of_which_release(client: TestClient, engine: Engine) -> None:
    page = _page(client, engine)
    for name, value in (
        ("Asked", "Calls from 2026-11-20 00:00Z to 2026-11-21 00:00Z"),
        ("As of", "2026-11-23 09:41:00Z"),
        ("By", "local"),
        ("kvswatch", __version__),
    ):
        assert f'<dt>{name}</dt><dd class="brk"><bdi>{value}</bdi></dd>' in page


def test_by_the_video_it_looks_at_calls_of_all_the_time_since(client: TestClient, engine: Engine) -> None:
    asked = Footage(FootageKind.INTERVAL, START, START + HOUR)
    footage = f"{iso(START)}..{iso(START + HOUR)}"
    page = _page(
        client, engine, {"footage": asked, "event_time": END + DAY}, {"footage": None}, asked=f"footage={footage}"
    )
    assert "<h1>1 read, 1 more that may have been of it</h1>" in page
    assert (
        "Video of 2026-11-20 00:00Z to 2026-11-20 01:00Z, asked for from 2026-11-19 12:00Z to 2026-11-23 09:41Z" in page
    )
    assert "Z to 2026-11-23 09:41Z (12 h before it on: so long may a playback URL live)." in page
    assert "Who may have asked for it" in page
    assert f'value="{footage}"' in page
    (path,) = set(re.findall(r'href="(/streams/\d+/statement)[.]csv', page))
    narrowed = client.get(f"{path}?footage={footage}&from=2026-11-20").text
    assert "asked for from 2026-11-20 00:00Z to 2026-11-23 09:41Z." in narrowed


def test_of_fragments_by_number_it_says_why_nobody_knows_and_who_had_listed_it(
    client: TestClient, engine: Engine
) -> None:
    footage = START, START + HOUR
    fetch = {"action": "GetMediaForFragmentList", "footage": Footage(FootageKind.FRAGMENT_NUMBER)}
    listing = {"action": "ListFragments", "footage": Footage(FootageKind.INTERVAL, *footage)}
    reads = [one | {"access_key": "ASIAONE", "event_time": END} for one in (fetch, listing)]
    page = _page(client, engine, *reads, asked=f"footage={iso(footage[0])}..{iso(footage[1])}")
    assert "<h1>1 read that may have been of it</h1>" in page
    assert "No stored read is known to be of this video; of 1 nobody can tell." in page
    assert "Nobody is known to have." in page
    may = page.partition("Who may have asked for it")[2].partition("</section>")[0]
    assert "fragments by number; of which time no record tells; 1 with an access key that listed fragments of it" in may
    listed = page.partition("Who asked which fragments there are of it")[2].partition("</section>")[0]
    assert '<span class="sub">exactly this video</span>' in listed


def test_known_reads_do_not_hide_those_that_may_have_been(client: TestClient, engine: Engine) -> None:
    asked = Footage(FootageKind.INTERVAL, START, START + HOUR / 2)
    other = Footage(FootageKind.INTERVAL, START - HOUR, START + HOUR)
    page = _page(
        client,
        engine,
        *({"footage": one, "event_time": END} for one in (asked, asked, other, None)),
        asked=f"footage={iso(START)}..{iso(START + HOUR)}",
    )
    assert "<h1>3 reads, 1 more that may have been of it</h1>" in page
    assert "2 of a part of it, 1 of all of it and more" in page


def test_of_video_the_files_say_what_the_page_says(
    client: TestClient, engine: Engine, read_engine: Engine, app_engine: Engine
) -> None:
    reads = {"footage": Footage(FootageKind.INTERVAL, START, START + HOUR)}, {"footage": None}
    page = _page(client, engine, *reads, asked=f"footage={iso(START)}..{iso(START + HOUR)}")
    said = re.findall(r"<h1>(.+?)</h1>|<li><bdi>(.+?)\.</bdi>", page)
    verdict, reasons = said[0][0], [text.lower() for _, text in said[1:]]
    as_csv, as_json = re.findall(r'href="([^"]+/statement\.(?:csv|json)[^"]+)" download', page)
    site = Site(read_engine, app_engine, demo=False, clock=lambda: NOW + HOUR / 60)
    with TestClient(create_app(site), base_url="http://127.0.0.1") as later:
        found = later.get(as_json).json()
        lines = list(csv.DictReader(io.StringIO(later.get(as_csv).text, newline="")))
    assert verdict == found["statement"] == "1 read, 1 more that may have been of it"
    assert reasons == [one["text"].lower() for one in found["reasons"]]
    assert {(line["statement"], line["reasons"].lower()) for line in lines} == {(verdict, "; ".join(reasons))}


@pytest.mark.parametrize("footage", ["yesterday", "now..now-1h", f"{'9' * 3000}..now", "2027-01-01..2027-01-02"])
def test_video_that_is_no_interval_is_a_complaint_and_no_file(client: TestClient, engine: Engine, footage: str) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
    page = client.get(f"/streams/{row.id}/statement", params={"footage": footage})
    assert page.status_code == 200
    assert "is not used" in page.text
    assert f'name="footage" value="{footage}"' in page.text
    assert "By the time of the call" not in page.text
    assert client.get(f"/streams/{row.id}/statement.json", params={"footage": footage}).status_code == 400


def test_the_same_is_told_as_json(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
    found = client.get(f"/streams/{row.id}/statement.json?{RANGE}").json()
    assert (found["statement"], found["asked_by"]) == ("None, proven", "local")


def test_its_reads_are_a_file_that_runs_nothing(client: TestClient, engine: Engine) -> None:
    actor = Actor(ActorKind.ROLE, HOSTILE[HOSTILE.index("=") :], CLINIC)
    page = _page(client, engine, {"actor": actor})
    (link,) = re.findall(r'href="([^"]+/statement\.csv[^"]+)" download', page)
    (line,) = csv.DictReader(io.StringIO(client.get(link).text, newline=""))
    assert (line["principal"], line["calls"]) == ("'=HYPERLINK(1)", "1")
    assert client.get(link.replace("from=", "from=yesterday")).status_code == 400


def test_hostile_names_stay_text(client: TestClient, engine: Engine) -> None:
    actor = Actor(ActorKind.ROLE, HOSTILE, CLINIC, HOSTILE, HOSTILE)
    with engine.begin() as connection:
        row = make_looked_at(connection, name=HOSTILE)
        make_reads(connection, read_of(row, actor=actor), read_of(row, 1, actor=actor, error_code=HOSTILE))
    page = client.get(f"/streams/{row.id}/statement?{RANGE}").text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 3


def test_times_of_video_without_a_zone_are_in_that_of_the_page(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
    asked = {"tz": "+02:00", "footage": "2026-11-21T10:00..2026-11-21T12:00"}
    answer = client.get(f"/streams/{row.id}/statement.json", params=asked)
    assert answer.json()["footage"] == ["2026-11-21T08:00Z", "2026-11-21T10:00Z"]


def test_of_two_intervals_of_video_the_first_one_holds_as_the_page_says(client: TestClient, engine: Engine) -> None:
    page = _page(client, engine, asked="footage=2026-11-20&footage=2026-11-21")
    assert "footage was given twice; the first one holds" in page
    assert "Video of 2026-11-20 00:00Z to 2026-11-21 00:00Z, asked for" in page


def test_reads_of_which_counts_alone_are_kept_are_no_none_anywhere(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_principal(connection, "ArchiveReader")
        reads = [read_of(row, n, event_time=START + HOUR) for n in range(3)]
        make_reads(connection, *reads)
        mark_dropped(connection, "event", Dropped(END + DAY, 1), NOW)
        keep_counts(connection, (START - DAY).date(), (END + DAY).date())
        connection.execute(text("delete from event"))
        connection.execute(text("delete from event_raw"))

    def said(path: str) -> str:
        found = client.get(f"/streams/{row.id}{path}?{RANGE}").text
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", found)))

    statement = said("/statement")
    assert "3 reads that may have been of it" in statement
    assert "3 reads of whole days are counted whose calls are not kept any more" in statement
    assert "one asked to and was let" in said("")
    assert "are counted, as above, and the calls are not kept any more." in said("")
    assert "who made 3 reads of days whose calls are not kept is not known" in said("/review")
    assert "none seen" not in client.get(f"/streams/{row.id}/review.csv?{RANGE}").text
    with engine.begin() as connection:
        # Imported again they are not counted anew: one is no longer among those that are only counted.
        make_reads(connection, reads[0])
        connection.execute(text("update roll_day set n = 3"))
    assert "1 read, 2 more that may have been of it" in said("/statement")
