"""The horizon, and the hatching of charts."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.coverage.history import Stretch, Strip, horizon
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.model.scope import EVERYTHING
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.web.horizon import Observability, narrowed, of_account, of_calls
from app.web.span import Span
from tests.builders.accounts import CLINIC, NOW
from tests.builders.estate import LEGACY

SPAN = Span(NOW - timedelta(days=10), NOW, "now-10d")
SEEN, DARK, PARTLY = ObservableState.OBSERVED, ObservableState.NOT_LOGGED, ObservableState.PARTLY
GONE, UNREAD = ObservableState.EXPIRED, ObservableState.UNKNOWN


def _strip(account: int, *states: ObservableState, kind: ActionClass = ActionClass.READ) -> Strip:
    length = SPAN.length / len(states)
    stretches = tuple(
        Stretch(SPAN.start + n * length, SPAN.start + (n + 1) * length, state, state.value)
        for n, state in enumerate(states)
    )
    return Strip(account, "eu-central-1", kind, 10, stretches, None)


def _seen(*strips: Strip) -> Observability:
    names = ((CLINIC, "clinic-video"), (LEGACY, "legacy-cams"))
    return Observability(strips, horizon(strips, SPAN.start, SPAN.end), SPAN, names)


def test_all_seen_is_a_line_without_a_hole() -> None:
    drawn = _seen(_strip(CLINIC, SEEN)).shell("/coverage")
    assert (drawn.left, drawn.right) == ("100 % observable", "0 holes")
    assert 'class="blind"' not in drawn.strip


def test_nothing_seen_is_all_hatch() -> None:
    seen = _seen(_strip(CLINIC, DARK))
    assert seen.is_dark
    assert 'class="seen"' not in seen.shell("/coverage").strip
    assert [(blind.start, blind.end) for blind in seen.blinds] == [(0, 1)]


def test_what_is_not_kept_any_more_is_hatched_under_its_own_name() -> None:
    seen = _seen(_strip(CLINIC, GONE, SEEN, DARK), _strip(LEGACY, GONE, SEEN, SEEN))
    assert [blind.label for blind in seen.blinds] == ["not kept", "clinic-video blind"]
    assert [blind.label for blind in _seen(_strip(CLINIC, GONE)).blinds] == ["not kept"]


def test_what_was_seen_in_part_is_neither_all_nor_nothing() -> None:
    seen = _seen(_strip(CLINIC, DARK, PARTLY))
    assert (seen.share, seen.none) == ("in part", "none seen")
    assert not seen.is_dark
    assert [(blind.start, blind.end) for blind in seen.blinds] == [(0, 0.5)]
    drawn = seen.shell("/coverage")
    assert drawn.left == "observable in part"
    assert ('class="part"' in drawn.strip, 'class="seen"' in drawn.strip) == (True, False)


def test_none_is_a_number_only_where_all_was_seen() -> None:
    both = _seen(_strip(CLINIC, SEEN), _strip(LEGACY, DARK))
    kinds = frozenset({ActionClass.READ})
    assert of_account(both, CLINIC, kinds).none == "0"
    assert of_account(both, LEGACY, kinds).none == "not observable"
    assert of_account(both, 7, kinds).none == "none seen"


def test_a_share_over_several_places_is_not_one_of_time_alone() -> None:
    assert _seen(_strip(CLINIC, SEEN, DARK)).sentence == "50.0 % of the time could be observed."
    both = _seen(_strip(CLINIC, SEEN), _strip(LEGACY, DARK))
    assert both.sentence == "50.0 % of the time of all streams could be observed."


def test_a_hole_in_one_account_is_named_in_the_chart() -> None:
    seen = _seen(_strip(CLINIC, SEEN, DARK, SEEN, SEEN), _strip(LEGACY, SEEN))
    assert [(b.start, b.end, b.label) for b in seen.blinds] == [(0.25, 0.5, "clinic-video blind")]
    assert seen.share == "87.5 %"


def test_a_hole_is_named_in_an_account_of_which_another_part_is_never_seen_in_full() -> None:
    gates = replace(_strip(CLINIC, PARTLY), region="eu-west-1")
    seen = _seen(_strip(CLINIC, SEEN, DARK, SEEN, SEEN), gates, _strip(LEGACY, DARK))
    assert [(b.start, b.end, b.label) for b in seen.blinds] == [(0.25, 0.5, "clinic-video blind")]


def test_what_is_always_dark_is_no_hole_of_the_chart_but_lowers_the_share() -> None:
    seen = _seen(_strip(CLINIC, SEEN), _strip(LEGACY, DARK))
    assert seen.blinds == ()
    assert seen.never_read() == ", and never at reads of media of legacy-cams"
    both = _seen(_strip(CLINIC, SEEN, DARK), _strip(LEGACY, PARTLY))
    assert _seen(_strip(LEGACY, DARK)).never_read() == both.never_read() == ""
    managed = _strip(LEGACY, SEEN, kind=ActionClass.MANAGEMENT)
    assert _seen(*seen.strips, managed).never_read() == seen.never_read()
    assert seen.share == "50.0 %"
    assert 'class="part"' in seen.shell("/coverage").strip
    assert seen.holes == 1


@pytest.mark.parametrize(
    ("states", "blind", "unknown"),
    [
        ((DARK, ObservableState.NOT_COLLECTED, ObservableState.NOT_DELIVERED), (CLINIC,), ()),
        ((GONE, DARK), (), ()),
        ((UNREAD, DARK), (), (CLINIC,)),
        ((UNREAD, SEEN), (), ()),
    ],
    ids=["blind", "dropped", "never read", "seen"],
)
def test_of_what_may_have_been_seen_it_is_not_said_that_nobody_could(
    states: tuple[ObservableState, ...], blind: tuple[int, ...], unknown: tuple[int, ...]
) -> None:
    seen = _seen(_strip(CLINIC, *states), _strip(LEGACY, SEEN))
    assert (tuple(seen.blind), tuple(seen.unknown)) == (blind, unknown)


@pytest.mark.parametrize(
    ("states", "blind"),
    [((GONE, DARK), {CLINIC}), ((GONE,), set()), ((DARK,), set()), ((GONE, UNREAD), set()), ((GONE, SEEN), set())],
    ids=["kept in part", "not kept", "all kept", "never read", "seen"],
)
def test_of_what_is_kept_an_account_is_blind_whatever_was_before(
    states: tuple[ObservableState, ...], blind: set[int]
) -> None:
    assert _seen(_strip(CLINIC, *states), _strip(LEGACY, SEEN)).blind_in_kept == blind


def test_an_account_that_logs_no_media_has_hatch_under_its_reads() -> None:
    seen = _seen(_strip(LEGACY, DARK), _strip(LEGACY, SEEN, kind=ActionClass.MANAGEMENT))
    assert [(b.start, b.end) for b in seen.media_blinds(LEGACY, is_polled=True)] == [(0, 1)]


def test_an_account_without_streams_hides_nothing_once_it_was_polled() -> None:
    seen = _seen(_strip(CLINIC, SEEN))
    assert seen.media_blinds(LEGACY, is_polled=True) == ()
    assert len(seen.media_blinds(LEGACY, is_polled=False)) == 1


def test_a_stream_has_the_horizon_of_its_own_classes() -> None:
    seen = _seen(_strip(CLINIC, SEEN), _strip(CLINIC, DARK, kind=ActionClass.SIGNALING))
    assert narrowed(seen, CLINIC, "eu-central-1", frozenset({ActionClass.READ})).is_whole
    assert not narrowed(seen, CLINIC, "us-east-1", frozenset({ActionClass.READ})).is_whole


def test_the_calls_of_a_filter_have_the_horizon_of_their_class(engine: Engine) -> None:
    seen = _seen(_strip(CLINIC, DARK), _strip(CLINIC, SEEN, kind=ActionClass.MANAGEMENT))
    reads, changes = (parse([("action", name)], EVENTS, NOW).filter for name in ("GetMedia", "DeleteStream"))
    with engine.begin() as connection:
        assert of_calls(connection, EVERYTHING, seen, reads, frozenset()).is_dark
        assert of_calls(connection, EVERYTHING, seen, changes, frozenset()).is_whole


def test_without_any_stream_it_does_not_claim_that_all_is_seen(client: TestClient) -> None:
    page = client.get("/").text
    assert "nothing to observe yet" in page
    assert "100 % observable" not in page


@pytest.mark.usefixtures("estate")
def test_each_page_of_an_estate_shows_the_hole_of_the_stopped_trail(client: TestClient) -> None:
    page = client.get(f"/streams?account={CLINIC}&from=now-7d").text
    assert "96.1 % observable" in page
    assert "1 hole" in page


@pytest.mark.usefixtures("estate")
@pytest.mark.parametrize("path", ["/", "/streams", "/principals", "/matrix", "/events", "/coverage"])
def test_what_lies_ahead_is_no_time_that_could_not_be_observed(client: TestClient, path: str) -> None:
    ahead = f"&to={NOW + timedelta(days=9):%Y-%m-%d}"
    page, reaching = (client.get(f"{path}?account={CLINIC}&from=2026-11-16T09:41Z{to}").text for to in ("", ahead))
    said = re.compile(r"[\d.]+ %(?= observable| of (?:the time|it|streams))|\d+ holes?|use not observable|[\d.]+ %<")
    assert "96.1 % observable" in reaching
    assert said.findall(reaching) == said.findall(page)


@pytest.mark.usefixtures("estate")
def test_of_a_time_that_is_all_ahead_nothing_is_known(client: TestClient) -> None:
    for path in ("/", "/streams", "/principals", "/matrix", "/events", "/coverage", f"/accounts/{CLINIC}"):
        page = client.get(f"{path}?account={CLINIC}&from=2026-12-01&to=2026-12-02")
        assert (page.status_code, "100 % observable" in page.text) == (200, False), path


def test_of_a_part_of_it_what_lies_ahead_is_not_counted_either() -> None:
    longer = Span(SPAN.start, SPAN.end + SPAN.length, "")
    seen = narrowed(_seen(_strip(CLINIC, SEEN)).over(longer), CLINIC, "eu-central-1", frozenset({ActionClass.READ}))
    assert (seen.sentence, seen.until) == ("All of the time could be observed.", NOW)
