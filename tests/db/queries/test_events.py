import csv
import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.query import filter as filters
from app.core.query.cursor import EventKey, reference, referenced
from app.core.query.listing import EVENTS
from app.core.tally import Tally
from app.core.zone import zoned
from app.db.queries import events as queries
from app.exports.csv import neutral
from tests.builders.accounts import make_account
from tests.builders.events import CLINIC, EVENT, NOW, ROLE, STREAM, event, store

OTHER = 111122223333
HOSTILE = '=HYPERLINK("http://evil")\r\n\u202e<script>alert(1)</script>,\'"\t\\x'


def asked(text: str = "") -> filters.Filter:
    answer = filters.parse(parse_qsl(text), EVENTS, NOW)
    assert answer.problems == ()
    return answer.filter


def seen(connection: Connection, question: str = "", scope: Scope = EVERYTHING) -> list[str]:
    return [row.action for row in queries.event_page(connection, scope, asked(question)).rows]


@pytest.fixture
def connection(engine: Engine) -> Any:
    with engine.begin() as connection:
        yield connection


def test_it_gives_one_event_with_the_names_of_all_that_it_touches(connection):
    make_account(connection)
    store(connection, [EVENT])
    (row,) = queries.event_page(connection, EVERYTHING, asked()).rows
    assert row.key == EventKey(EVENT.event_time, row.key.event_id, CLINIC)
    assert str(row.key.event_id) == EVENT.event_id
    assert (row.account_name, row.action, row.region) == ("clinic-video", "GetClip", "eu-central-1")
    assert (row.principal_arn, row.principal, row.session_name) == (ROLE, "ArchiveReader", "sync-job-7")
    assert (row.stream, row.stream_arn, row.stream_kind) == ("ward-3-corridor", STREAM, "stream")
    assert (row.address, row.user_agent, row.error_code) == (EVENT.address, EVENT.user_agent, None)


def test_it_gives_the_newest_first_and_the_oldest_on_demand(connection):
    store(connection, [event(n, action=f"A{n}") for n in range(3)])
    assert seen(connection) == ["A2", "A1", "A0"]
    assert seen(connection, "sort=time") == ["A0", "A1", "A2"]


def test_the_range_is_half_open(connection):
    store(connection, [event(0, action="first"), event(1, action="second")])
    start, end = EVENT.event_time, EVENT.event_time + timedelta(seconds=30)
    question = f"from={start:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}"
    assert seen(connection, question) == ["first"]


FILTERED = [
    event(0, action="GetMedia"),
    event(1, action="PutMedia", address="203.0.113.41", user_agent="kvs-sdk 100%_x", key_kind=KeyKind.LONG_TERM),
    event(2, action="ListStreams", stream=None, address="cloudformation.amazonaws.com", user_agent=None),
    event(3, action="GetClip", error_code="AccessDeniedException",
          actor=Actor(ActorKind.PERSON, "arn:p", CLINIC, person="Mara")),
    event(4, action="GetImages", error_code="ClientLimitExceededException", account=OTHER, region="us-east-1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "actions"),
    [
        ("action=GetMedia&action=GetClip", {"GetMedia", "GetClip"}),
        ("action!=GetMedia", {"PutMedia", "ListStreams", "GetClip", "GetImages"}),
        ("action~=media", {"GetMedia", "PutMedia"}),
        ("action=NoSuch", set()),
        ("stream=__none__", {"ListStreams"}),
        ("stream!=__none__", {"GetMedia", "PutMedia", "GetClip", "GetImages"}),
        ("stream=ward-3-corridor&account=111122223333", {"GetImages"}),
        (f"stream={STREAM}&action=PutMedia", {"PutMedia"}),
        (f"principal={ROLE}", {"GetMedia", "PutMedia", "ListStreams", "GetImages"}),
        ("principal=ArchiveReader", {"GetMedia", "PutMedia", "ListStreams", "GetImages"}),
        ("person=Mara", {"GetClip"}),
        ("person!=Mara", {"GetMedia", "PutMedia", "ListStreams", "GetImages"}),
        ("person=__none__", {"GetMedia", "PutMedia", "ListStreams", "GetImages"}),
        ("person!=__none__", {"GetClip"}),
        ("address=203.0.113.41", {"PutMedia"}),
        ("address=203.0.113.0/24", {"PutMedia"}),
        ("address!=198.51.100.0/24", {"PutMedia", "ListStreams"}),
        ("address=1/2/3", set()),
        ("address~=cloudformation", {"ListStreams"}),
        ("user_agent~=100%_", {"PutMedia"}),
        ("user_agent~=0__x", set()),
        ("user_agent=__none__", {"ListStreams"}),
        ("key_kind=long_term", {"PutMedia"}),
        ("kind=person", {"GetClip"}),
        ("outcome=ok", {"GetMedia", "PutMedia", "ListStreams"}),
        ("outcome=denied", {"GetClip"}),
        ("outcome=error", {"GetClip", "GetImages"}),
        ("outcome!=denied", {"GetMedia", "PutMedia", "ListStreams", "GetImages"}),
        ("outcome=ClientLimitExceededException", {"GetImages"}),
        ("region=us-east-1", {"GetImages"}),
        ("account=111122223333", {"GetImages"}),
        ("account!=111122223333", {"GetMedia", "PutMedia", "ListStreams", "GetClip"}),
        ("account=clinic-video", {"GetMedia", "PutMedia", "ListStreams", "GetClip"}),
        ("account~=clinic", {"GetMedia", "PutMedia", "ListStreams", "GetClip"}),
        ("account=999999999999999999999", set()),
        ("session=sync-job-7&action~=images", {"GetImages"}),
        ("key=ASIAQ4EXAMPLE0000001&outcome=denied", {"GetClip"}),
        ("action=GetMedia&outcome=denied", set()),
    ],
)
def test_it_filters_by_every_field(connection, question, actions):
    make_account(connection)
    store(connection, FILTERED)
    assert set(seen(connection, question)) == actions


def test_it_folds_our_own_calls_unless_asked(connection):
    store(connection, [event(0, action="GetClip"), event(1, action="ListStreams")], own=[event(1).event_id])
    assert seen(connection) == ["GetClip"]
    assert seen(connection, "own=yes") == ["ListStreams"]
    assert seen(connection, "own=yes&own=no") == ["ListStreams", "GetClip"]
    assert seen(connection, "own!=no") == ["ListStreams"]


def test_it_shows_nothing_outside_of_the_scope(connection):
    store(connection, FILTERED)
    assert seen(connection, scope=Scope(frozenset({OTHER}))) == ["GetImages"]
    assert seen(connection, f"account={CLINIC}", Scope(frozenset({OTHER}))) == []
    assert seen(connection, scope=Scope(frozenset())) == []


TIMES = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([CLINIC, OTHER])), min_size=0, max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TIMES, st.sampled_from(["", "&sort=time"]), st.sampled_from([None, 0, queries.RARE + 1]))
def test_the_pages_together_are_the_whole_list_forwards_and_backwards(connection, times, order, total):
    def small_page(question: str) -> queries.EventPage:
        query = filters.replace(asked(f"{question}&principal={ROLE}"), limit=4)
        return queries.event_page(connection, EVERYTHING, query, total=total)

    point = connection.begin_nested()
    # Many share a second, as cameras do; ids and accounts decide then.
    events = [event(n, event_time=EVENT.event_time + timedelta(seconds=s), account=a) for n, (s, a) in enumerate(times)]
    store(connection, events)
    everything = [row.key for row in queries.event_page(connection, EVERYTHING, asked(f"limit=200{order}")).rows]
    pages, cursor = [], ""
    while True:
        page = small_page(f"after={cursor}{order}" if cursor else order[1:])
        pages.append([row.key for row in page.rows])
        if page.after is None:
            break
        cursor = page.after
    assert [key for keys in pages for key in keys] == everything
    assert len(everything) == len(events)
    back = []
    while page.before is not None:
        page = small_page(f"before={page.before}{order}")
        back.insert(0, [row.key for row in page.rows])
    assert [key for keys in back for key in keys] == everything[: len(everything) - len(pages[-1])]
    point.rollback()


def test_a_cursor_of_somebody_else_gives_the_first_page(connection):
    store(connection, [EVENT])
    assert seen(connection, "after=nonsense") == ["GetClip"]
    assert not queries.is_cursor("nonsense")


def test_it_finds_the_event_that_a_url_names(connection):
    store(connection, [EVENT, event(1, action="GetMedia")])
    (newest, _) = queries.event_page(connection, EVERYTHING, asked()).rows
    wanted = referenced(reference(newest.key))
    assert wanted is not None
    found = queries.find_event(connection, EVERYTHING, wanted, asked("from=now-1m"))
    assert found == newest
    assert queries.find_event(connection, Scope(frozenset({OTHER})), wanted, asked()) is None


def test_it_finds_a_bare_event_id_within_the_range(connection):
    store(connection, [EVENT])
    wanted = referenced(EVENT.event_id)
    assert wanted is not None
    assert queries.find_event(connection, EVERYTHING, wanted, asked()) is not None
    assert queries.find_event(connection, EVERYTHING, wanted, asked("from=now-1m")) is None


def test_it_counts_what_stands_around_an_event(connection):
    events = [
        EVENT,
        event(1, address="192.0.2.1"),
        event(2, access_key="ASIAOTHER"),
        event(3, stream=None),
        event(4, event_time=EVENT.event_time - timedelta(hours=3)),
        event(5, account=OTHER),
    ]
    store(connection, events)
    wanted = referenced(EVENT.event_id)
    assert wanted is not None
    found = queries.find_event(connection, EVERYTHING, wanted, asked())
    assert found is not None
    counts = queries.around(connection, EVERYTHING, found)
    assert (counts.same_session, counts.same_key, counts.same_address, counts.same_stream) == (4, 4, 3, 2)
    mine = queries.around(connection, Scope(frozenset({CLINIC})), found)
    assert (mine.same_key, mine.same_address) == (3, 2)


def test_a_record_without_key_or_address_has_nothing_to_count_by(connection):
    store(connection, [event(0, access_key=None, address=None, stream=None)])
    (row,) = queries.event_page(connection, EVERYTHING, asked()).rows
    counts = queries.around(connection, EVERYTHING, row)
    assert (counts.same_key, counts.same_address, counts.same_stream) == (None, None, None)


def exported(connection: Connection, question: str = "", scope: Scope = EVERYTHING) -> list[dict[str, str]]:
    content = b"".join(queries.copy_csv(connection, scope, asked(question), Tally())).decode()
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_csv_holds_exactly_what_the_filter_shows_in_its_order(connection):
    make_account(connection)
    store(connection, FILTERED)
    for question in ("", "sort=time", "outcome=error", "action~=media&account=clinic-video"):
        assert [row["action"] for row in exported(connection, question)] == seen(connection, question)
    assert exported(connection, scope=Scope(frozenset())) == []


def test_csv_has_the_columns_that_were_asked_for(connection):
    store(connection, [EVENT])
    assert exported(connection, "cols=account,time,key") == [
        {"account": "590817264433", "time_utc": "2026-11-23T03:12:44.000000Z", "key": "ASIAQ4EXAMPLE0000001"}
    ]


@pytest.mark.parametrize("text_", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", HOSTILE])
def test_no_cell_of_a_csv_is_a_formula(connection, text_):
    actor = Actor(ActorKind.ROLE, text_, CLINIC, text_, text_)
    texts = dict.fromkeys(("user_agent", "address", "access_key", "error_code", "region", "action"), text_)
    store(connection, [event(0, actor=actor, **texts)])
    (row,) = exported(connection)
    for column in ("user_agent", "principal", "session", "person", "address", "key", "outcome", "region", "action"):
        assert row[column] == f"'{text_}"


def test_jsonl_gives_text_as_the_record_had_it(connection):
    actor = Actor(ActorKind.ROLE, HOSTILE, CLINIC, HOSTILE, None)
    store(connection, [event(0, user_agent=HOSTILE, actor=actor), event(1, stream=None)])
    lines = b"".join(queries.copy_jsonl(connection, EVERYTHING, asked("sort=time"), Tally())).splitlines()
    first, second = (json.loads(line) for line in lines)
    assert (first["user_agent"], first["session"], first["principal"]) == (HOSTILE, HOSTILE, HOSTILE)
    assert first["person"] is None
    assert second["stream"] is None


def test_both_files_tell_the_same_and_csv_alone_is_neutralised(connection):
    actor = Actor(ActorKind.ROLE, HOSTILE, CLINIC, HOSTILE, HOSTILE)
    texts = dict.fromkeys(("user_agent", "address", "access_key", "error_code", "region", "action"), HOSTILE)
    # Names are looked up once for many calls: in turns harmless ones, hostile ones, others, and none.
    turns = [{}, {"actor": actor, **texts}, {"account": OTHER, "action": "GetClip"}, {"stream": None, "address": None}]
    store(connection, [event(n, **turns[n % 4]) for n in range(40)])
    lines = b"".join(queries.copy_jsonl(connection, EVERYTHING, asked(), Tally())).splitlines()
    rows = [json.loads(line) for line in lines]
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([zoned(rows[0]), *([*map(neutral, row.values())] for row in rows)])
    assert [row["action"] for row in rows] == seen(connection)
    assert b"".join(queries.copy_csv(connection, EVERYTHING, asked(), Tally())).decode() == out.getvalue()


def test_a_file_counts_its_rows_whatever_stands_in_them(engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(n, user_agent='two\nlines, "quoted"') for n in range(7)])
        for copy in (queries.copy_csv, queries.copy_jsonl):
            tally = Tally()
            content = b"".join(copy(connection, EVERYTHING, asked("cols=time,user_agent"), tally))
            assert tally.rows == 7
            assert content
