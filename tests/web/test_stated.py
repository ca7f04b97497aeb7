"""Parts of a statement as pages show them."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import Connection, Engine

from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.footage import Footage, FootageKind
from app.core.model.scope import EVERYTHING
from app.core.model.trail import AdvancedSelector, FieldSelector
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.db.queries.events import event_page
from app.services.make_statement import Statement, make_statement
from app.web.span import Span
from app.web.stated import ReaderRow, covers, range_of, reader_row, second
from tests.builders.accounts import CLINIC, NOW
from tests.builders.estate import DATA
from tests.builders.events import EVENT, store
from tests.builders.statement import END, START, make_looked_at, make_reads, question, read_of

SPAN = Span(START, END, "now-3d")


def _stated(engine: Engine, *selectors: AdvancedSelector) -> Statement:
    with engine.begin() as connection:
        row = make_looked_at(connection, selectors=selectors or (DATA,))
        make_reads(connection, read_of(row, action="GetHLSStreamingSessionURL", url_expires_s=300))
        return make_statement(connection, EVERYTHING, question(row))


def test_a_range_is_told_by_its_moments_in_whole_seconds() -> None:
    assert range_of(SPAN) == [("from", "2026-11-20T00:00Z"), ("to", "2026-11-21T00:00Z")]
    assert second(START + timedelta(milliseconds=1)) == START


def test_a_url_is_issued_and_not_watched(engine: Engine) -> None:
    found = _stated(engine)
    row = reader_row(found, found.readers[0])
    assert row.note == "URL issued, the last good until 2026-11-20 12:05:00Z; who opened it is not logged"
    assert (row.series, row.is_gap, row.who.kind) == ("url", True, "not observable")
    assert "outcome=ok&from=2026-11-20T12%3A00Z&to=2026-11-20T12%3A00%3A00.000001Z" in row.calls_href


def test_it_says_from_where_and_with_what_kind_of_key(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_reads(connection, *(read_of(row, n, address=f"10.0.0.{n}") for n in range(3)))
        make_reads(connection, read_of(row, 9, action="GetMedia", access_key=None, key_kind=KeyKind.NONE, address=None))
        found = make_statement(connection, EVERYTHING, question(row))
    clip, media = (reader_row(found, one) for one in found.readers)
    assert (clip.address, clip.address_href, clip.more_addresses) == ("10.0.0.0", "/addresses/10.0.0.0", "and 2 more")
    assert (clip.key, clip.key_href) == ("temporary key", "/sessions/ASIAQ4EXAMPLE0000001")
    assert (media.address, media.more_addresses, media.key, media.key_href) == ("", "", "no key", "")


def _number_and_rows(connection: Connection, row: ReaderRow) -> tuple[str, str]:
    asked = parse(parse_qsl(urlsplit(row.calls_href).query), EVENTS, NOW)
    assert asked.problems == ()
    return row.calls, str(len(event_page(connection, EVERYTHING, asked.filter).rows))


def test_a_reader_leads_to_its_calls_and_to_nobody_elses_of_its_role(engine: Engine) -> None:
    someone = Actor(ActorKind.ROLE, EVENT.actor.principal, CLINIC, "m", "mara")
    with engine.begin() as connection:
        row = make_looked_at(connection)
        reads = [
            read_of(row, 0, actor=someone),
            *(read_of(row, n, access_key="ASIAANOTHER") for n in (1, 2, 3)),
            read_of(row, 4, actor=someone),
            read_of(row, 5, stream=row.name, access_key="ASIAANOTHER"),
        ]
        store(connection, reads, own=[reads[2].event_id])
        found = make_statement(connection, EVERYTHING, question(row))
        told = [_number_and_rows(connection, reader_row(found, one)) for one in found.readers]
    assert told == [("4", "4"), ("2", "2")]


def test_of_video_it_leads_to_the_calls_that_asked_for_it(engine: Engine) -> None:
    def clip(hours: float) -> Footage:
        return Footage(FootageKind.INTERVAL, START + timedelta(hours=hours), START + timedelta(hours=hours + 1))

    with engine.begin() as connection:
        row = make_looked_at(connection)
        untold = Footage(FootageKind.NOT_IN_RECORD)
        make_reads(connection, *(read_of(row, n, footage=what) for n, what in enumerate((clip(2), clip(8), untold))))
        asked = question(row, footage=(START + timedelta(hours=1), START + timedelta(hours=4)), end=NOW)
        found = make_statement(connection, EVERYTHING, asked)
        sure = [_number_and_rows(connection, reader_row(found, one)) for one in found.readers]
        maybe = [_number_and_rows(connection, reader_row(found, one, "footage_maybe")) for one in found.maybe]
    assert sure == maybe == [("1", "1")]


def test_actions_that_selectors_tell_apart_have_lines_of_their_own(engine: Engine) -> None:
    (cover,) = covers(_stated(engine), SPAN)
    assert (cover.label, cover.share, cover.reason) == ("media read", "100 %", "")


def test_and_say_which_they_are(engine: Engine) -> None:
    live = AdvancedSelector("live", (*DATA.fields, FieldSelector("eventName", equals=("GetMedia",))))
    lines = {cover.label: cover.share for cover in covers(_stated(engine, live), SPAN)}
    assert lines["GetMedia"] == "100 %"
    assert sorted(lines.values()) == ["0 %", "100 %"]
