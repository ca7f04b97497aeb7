"""Parts of a statement as pages show them."""

from datetime import timedelta

from sqlalchemy import Engine

from app.core.model.event import KeyKind
from app.core.model.scope import EVERYTHING
from app.core.model.trail import AdvancedSelector, FieldSelector
from app.services.make_statement import Statement, make_statement
from app.web.span import Span
from app.web.stated import covers, range_of, reader_row, second
from tests.builders.estate import DATA
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


def test_actions_that_selectors_tell_apart_have_lines_of_their_own(engine: Engine) -> None:
    (cover,) = covers(_stated(engine), SPAN)
    assert (cover.label, cover.share, cover.reason) == ("media read", "100 %", "")


def test_and_say_which_they_are(engine: Engine) -> None:
    live = AdvancedSelector("live", (*DATA.fields, FieldSelector("eventName", equals=("GetMedia",))))
    lines = {cover.label: cover.share for cover in covers(_stated(engine, live), SPAN)}
    assert lines["GetMedia"] == "100 %"
    assert sorted(lines.values()) == ["0 %", "100 %"]
