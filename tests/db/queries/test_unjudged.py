from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from app.core.matrix.cells import TAKEN
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.stream import ResourceKind
from app.core.query.filter import Filter, parse
from app.core.query.listing import MATRIX
from app.core.query.moment import iso
from app.db.queries import stream_pages
from app.db.queries.narrowed_streams import narrowed_streams
from app.db.queries.unjudged import unheard_of, unjudged_actions, unlisted_regions
from app.services.look_back import look_back_on
from tests.builders.accounts import CLINIC, NOW, make_part
from tests.builders.estate import REGION
from tests.builders.events import event, store
from tests.builders.past import GATE, IAM_ALONE, READER, THEN, YARD, make_past

STREAMS, CHANNELS = TAKEN[ResourceKind.STREAM], TAKEN[ResourceKind.CHANNEL]


def asked(question: str = "", at: str = "") -> Filter:
    pairs = [part.split("=", 1) for part in (question, f"at={at}" if at else "") if part]
    return parse([(name, value) for name, value in pairs], MATRIX, NOW).filter


def unjudged(connection: Connection, query: Filter, scope: Scope = EVERYTHING) -> dict[int, int]:
    thens = look_back_on(connection, scope, query)
    streams = narrowed_streams(connection, scope, query, thens)
    return dict(unjudged_actions(connection, scope, query, streams, thens))


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    make_past(engine, is_iam_first=True)
    with engine.begin() as connection:
        yield connection


def never_listed(connection: Connection, part: str, region: str = REGION) -> None:
    connection.exec_driver_sql("delete from part where part = %s and region = %s", (part, region))
    make_part(connection, part, region=region, state="denied", seen_at=None)


def test_what_was_listed_is_judged(connection: Connection) -> None:
    assert unjudged(connection, asked()) == {}
    assert unjudged(connection, asked("stream=gate")) == {}
    assert unjudged(connection, asked("stream=yard")) == {}, "it is gone, by a listing"
    assert unjudged(connection, asked(at=iso(THEN))) == {}


def test_where_nothing_was_ever_listed_all_of_the_kind_is_not(connection: Connection) -> None:
    never_listed(connection, "streams")
    assert unjudged(connection, asked()) == {CLINIC: STREAMS}
    never_listed(connection, "channels")
    assert unjudged(connection, asked("tag=site:nowhere")) == {CLINIC: STREAMS | CHANNELS}
    assert unjudged(connection, asked(), Scope(frozenset({CLINIC + 1}))) == {}
    assert unjudged(connection, asked(f"account={CLINIC + 1}")) == {}


def test_what_is_asked_of_streams_alone_is_judged_though_no_channel_was_ever_listed(connection: Connection) -> None:
    never_listed(connection, "channels")
    channel = GATE.replace(":stream/", ":channel/")
    assert unjudged(connection, asked(f"stream={GATE}")) == {}
    assert unjudged(connection, asked(f"stream={channel}")) == {CLINIC: CHANNELS}
    assert unjudged(connection, asked(f"stream={channel.replace(str(CLINIC), str(CLINIC + 1))}")) == {}
    assert unjudged(connection, asked("stream=gate")) == {CLINIC: CHANNELS}, "a channel may bear the name"
    assert unjudged(connection, asked("stream!=yard")) == {CLINIC: CHANNELS}


def test_what_is_asked_of_principals_of_other_accounts_has_nothing_to_do_with_it(connection: Connection) -> None:
    never_listed(connection, "streams")
    assert unjudged(connection, asked(f"principal={READER}")) == {CLINIC: STREAMS}
    assert unjudged(connection, asked("principal=Reader")) == {CLINIC: STREAMS}
    assert unjudged(connection, asked(f"principal={READER.replace(str(CLINIC), str(CLINIC + 1))}")) == {}


def test_between_the_first_reading_of_iam_and_the_first_listing_nothing_is_judged(connection: Connection) -> None:
    connection.exec_driver_sql("delete from part where part in ('streams', 'channels')")
    assert unjudged(connection, asked()) == {CLINIC: STREAMS | CHANNELS}
    assert stream_pages.unlisted_accounts(connection, EVERYTHING) == {CLINIC}


def test_one_region_more_that_nobody_listed_is_told_by_name(connection: Connection) -> None:
    assert unlisted_regions(connection, EVERYTHING) == {}
    never_listed(connection, "streams", "eu-west-1")
    never_listed(connection, "channels", "eu-west-1")
    assert unjudged(connection, asked()) == {}
    assert unlisted_regions(connection, EVERYTHING) == {CLINIC: ("eu-west-1",)}
    assert unlisted_regions(connection, Scope(frozenset({CLINIC + 1}))) == {}
    never_listed(connection, "channels")
    told = {CLINIC: (f"{REGION} (channels)", "eu-west-1")}
    assert unlisted_regions(connection, EVERYTHING) == told, "its streams were listed"


@pytest.mark.parametrize(
    ("region", "ago", "is_unjudged"),
    [
        pytest.param(REGION, timedelta(days=6), False, id="listed since"),
        pytest.param(REGION, timedelta(days=5), False, id="listed minutes later"),
        pytest.param(REGION, timedelta(days=5, minutes=-30), True, id="listed minutes before"),
        pytest.param(REGION, timedelta(hours=1), True, id="not listed since"),
        pytest.param("eu-west-1", timedelta(days=6), True, id="never listed"),
    ],
)
def test_what_only_calls_name_is_judged_where_it_was_listed_since(
    connection: Connection, region: str, ago: timedelta, *, is_unjudged: bool
) -> None:
    store(connection, [event(event_time=NOW - ago, action="GetMedia", stream="ghost", region=region)])
    (ghost,) = narrowed_streams(connection, EVERYTHING, asked("stream=ghost")) or ()
    expected = {CLINIC: STREAMS} if is_unjudged else {}
    assert unjudged(connection, asked("stream=ghost")) == expected
    assert unjudged(connection, asked("stream~=o")) == expected
    assert unheard_of(connection, EVERYTHING, [ghost]) == ({ghost} if is_unjudged else frozenset())
    assert unjudged(connection, asked()) == {}


def test_what_only_calls_name_is_judged_by_calls_of_its_name_alone_too(connection: Connection) -> None:
    arn = GATE.replace("gate", "ghost")
    store(connection, [event(event_time=NOW - timedelta(days=6), action="GetMedia", stream=arn)])
    (ghost,) = narrowed_streams(connection, EVERYTHING, asked(f"stream={arn}")) or ()
    assert unheard_of(connection, EVERYTHING, [ghost]) == frozenset()
    store(connection, [event(1, event_time=NOW - timedelta(hours=1), action="DescribeStream", stream="ghost")])
    assert unheard_of(connection, EVERYTHING, [ghost]) == {ghost}
    assert unjudged(connection, asked(f"stream={arn}")) == {CLINIC: STREAMS}


@pytest.mark.parametrize("name", ["gate", "yard"])
def test_a_call_by_name_alone_since_the_last_listing_is_one_on_what_a_listing_had(
    connection: Connection, name: str
) -> None:
    store(connection, [event(event_time=NOW - timedelta(hours=1), action="DescribeStream", stream=name)])
    arn = {"gate": GATE, "yard": YARD}[name]
    assert len(narrowed_streams(connection, EVERYTHING, asked(f"stream={arn}")) or ()) == 2
    assert unjudged(connection, asked(f"stream={arn}")) == {}
    assert unjudged(connection, asked(f"stream={name}")) == {}


def test_as_of_a_time_nothing_is_judged_that_had_not_been_listed(connection: Connection) -> None:
    assert unjudged(connection, asked(at=iso(IAM_ALONE))) == {CLINIC: STREAMS | CHANNELS}
    assert unjudged(connection, asked(f"stream={GATE}", iso(IAM_ALONE))) == {CLINIC: STREAMS}, "it is no channel"
    store(connection, [event(event_time=THEN, action="GetMedia", stream="ghost", region="eu-west-1")])
    assert unjudged(connection, asked("stream=ghost", iso(THEN))) == {CLINIC: STREAMS}
    store(connection, [event(1, event_time=THEN, action="GetMedia", stream="gone")])
    assert unjudged(connection, asked("stream=gone", iso(THEN))) == {}, "the listing of that time does not have it"


@pytest.mark.parametrize("name", ["ghost", GATE.replace("gate", "ghost"), "gate", "yard"])
def test_as_of_a_time_what_was_called_after_the_last_listing_before_it_is_not_judged(
    connection: Connection, name: str
) -> None:
    at = NOW - timedelta(hours=1)
    store(connection, [event(event_time=at, action="GetMedia", stream=name)])
    assert unjudged(connection, asked(f"stream={name}", iso(at))) == {}, "it was not called before that"
    store(connection, [event(1, event_time=at - timedelta(hours=1), action="GetMedia", stream=name)])
    expected = {} if name in {"gate", "yard"} else {CLINIC: STREAMS}
    assert unjudged(connection, asked(f"stream={name}", iso(at))) == expected
