import html
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.assumptions._assumption import Rests
from app.core.ledger.catalogue import asked_below
from app.core.ledger.standing import State, standings, states
from app.core.model.sighting import RecordKey, Sighting, Verdict
from app.web.assumed import resting_on, state_counts, unproven, unproven_rule
from tests.builders.assumptions import make_confirmed, make_refuted
from tests.builders.calls import make_principal
from tests.builders.events import EVENT, event, store
from tests.builders.statement import make_looked_at

STAMP, DEVICE = "long_calls_are_stamped_at_their_end", "device_sessions_are_named_by_certificate"
KEY = RecordKey(datetime(2026, 11, 1, tzinfo=UTC), "e", 1)
DEVICE_RULE = "device_wrote_foreign_stream"


def seen(name: str, call: str, verdict: Verdict = Verdict.CONFIRMS) -> Sighting:
    return Sighting(name, call, verdict, False, KEY, KEY)


def said(call: str, what: Rests, *sightings: Sighting) -> list[str]:
    asked, shown = asked_below((what,), {call}), {(one.assumption, one.call, one.verdict) for one in sightings}
    return [one.text for one in unproven(states(asked, shown), (what,))]


def test_it_says_what_rests_on_something_that_was_not_seen_and_leads_there():
    (one,) = unproven({STAMP: State.NOT_SEEN}, (Rests.FOOTAGE,))
    assert one.text == "which video a call asked for: rests on 1 assumption not seen yet"
    assert one.href == f"/assumptions#{STAMP}"


def test_it_says_so_of_one_that_a_record_refuted():
    (text,) = said("PutMedia", Rests.FOOTAGE, seen(STAMP, "PutMedia", Verdict.REFUTES))
    assert text.endswith("rests on 1 assumption that a record refuted")


def test_what_is_confirmed_for_the_call_and_what_is_of_other_calls_is_left_out():
    assert said("PutMedia", Rests.FOOTAGE, seen(STAMP, "PutMedia")) == []
    assert said("DescribeStream", Rests.FOOTAGE) == []


def test_a_rule_names_the_assumptions_below_it_until_they_are_confirmed():
    named = {one.href: one.text for one in unproven_rule(standings(()), DEVICE_RULE)}
    assert named[f"/assumptions#{DEVICE}"].endswith("64 hexadecimal digits. Not seen yet.")
    confirmed = standings((seen(DEVICE, ""),))
    assert f"/assumptions#{DEVICE}" not in {one.href for one in unproven_rule(confirmed, DEVICE_RULE)}
    assert unproven_rule(confirmed, "stream_keeps_no_media") == ()


def test_states_are_counted_the_worst_first():
    found = standings((seen(DEVICE, ""), seen(STAMP, "PutMedia", Verdict.REFUTES)))
    assert state_counts([one.state for one in found]) == f"1 refuted, {len(found) - 2} not seen yet, 1 confirmed"


# ---------------------------------------------------------------- the line of a page
PREFIXES = "key_prefixes_tell_long_term_keys"
LINE = re.compile(r'<a href="(/assumptions\?[a-z_=&]+)">(It rests on \d+ assumptions?</a>[^<]+)')
RESTING = {
    "/streams/{stream}": "which video a call asked for",
    "/streams/{stream}/statement": "which records are kept as KVS calls",
    "/streams/{stream}/review": "which records are kept as KVS calls",
    "/keys/AKIAQ4EXAMPLE0000001": "whether a key is long-term",
    f"/sessions/{EVENT.access_key}": "whether a key is long-term",
    f"/sessions/{EVENT.access_key}/stop": "whether a key is long-term",
    f"/addresses/{EVENT.address}": "which stream or channel a call was about",
    "/principals/{principal}": "which stream or channel a call was about",
    "/principals/{principal}/stop": "whether a key is long-term",
    "/urls": "how long a playback URL lives",
    "/": "which stream or channel a call was about",
    "/events": "which stream or channel a call was about",
    "/matrix": "which stream or channel a call was about",
    "/matrix?view=streams&principal={principal}": "which stream or channel a call was about",
    "/streams": "which stream or channel a call was about",
    "/principals": "which stream or channel a call was about",
}
"""Pages whose figures rest on assumptions, with what is named first."""
EACH_PAGE = pytest.mark.parametrize("path", RESTING)


@pytest.fixture
def places(engine: Engine) -> dict[str, object]:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        principal = make_principal(connection, "ArchiveReader")
        store(connection, [event(0), event(1, access_key="AKIAQ4EXAMPLE0000001", key_kind="long_term")])
    return {"stream": row.id, "principal": principal}


def lines(client: TestClient, path: str, places: dict[str, object]) -> list[tuple[str, str]]:
    answer = client.get(path.format(**places))
    assert answer.status_code == 200
    return LINE.findall(html.unescape(re.sub(r"\s+", " ", answer.text)))


def shown_at(client: TestClient, href: str) -> list[str]:
    return re.findall(r'<div class="hole" id="(\w+)">', client.get(href).text)


@EACH_PAGE
def test_a_page_says_in_one_line_what_it_rests_on_that_is_unproven(
    client: TestClient, places: dict[str, object], path: str
) -> None:
    ((href, text),) = lines(client, path, places)
    assert f"It rests on {len(shown_at(client, href))} assumption" in text
    assert re.search(
        r" about AWS's records that (is|are) not confirmed for every call\. (It is|They are) about: ", text
    )
    assert f" about: {RESTING[path]}" in text


@EACH_PAGE
def test_a_page_says_nothing_where_all_that_it_rests_on_is_confirmed(
    client: TestClient, engine: Engine, places: dict[str, object], path: str
) -> None:
    with engine.begin() as connection:
        make_confirmed(connection)
    assert lines(client, path, places) == []


@EACH_PAGE
def test_the_demo_s_records_confirm_nothing_of_a_page(
    client: TestClient, engine: Engine, places: dict[str, object], path: str
) -> None:
    with engine.begin() as connection:
        make_confirmed(connection, is_emulated=True)
    assert len(lines(client, path, places)) == 1


def test_a_page_leads_to_one_that_is_refuted_before_others(
    client: TestClient, engine: Engine, places: dict[str, object]
) -> None:
    with engine.begin() as connection:
        make_confirmed(connection, but="calls_come_from_one_source")
        make_refuted(connection, PREFIXES)
    ((href, text),) = lines(client, "/keys/AKIAQ4EXAMPLE0000001", places)
    assert shown_at(client, href) == [PREFIXES, "calls_come_from_one_source"]
    assert text.startswith("It rests on 2 assumptions</a> about")
    assert "for every call, 1 of them refuted by a record. They are about: whether a key is long-term" in text


def test_a_stream_does_not_rest_on_what_is_of_channels(
    client: TestClient, engine: Engine, places: dict[str, object]
) -> None:
    with engine.begin() as connection:
        make_confirmed(connection, but="signaling_calls_are_data_events")
    assert lines(client, "/streams/{stream}", places) == []


@pytest.mark.parametrize("path", ["/events", "/matrix"])
def test_a_list_of_one_call_does_not_rest_on_what_is_of_others(
    client: TestClient, engine: Engine, places: dict[str, object], path: str
) -> None:
    with engine.begin() as connection:
        make_confirmed(connection, but="signaling_calls_are_data_events")
    assert len(lines(client, path, places)) == 1
    assert lines(client, f"{path}?action=GetMedia", places) == []


def test_of_many_things_that_rest_on_it_the_first_are_named() -> None:
    found = dict.fromkeys((PREFIXES, DEVICE, STAMP, "refusals_have_known_codes"), State.NOT_SEEN)
    told = resting_on(found, (Rests.KEY, Rests.DEVICE, Rests.FOOTAGE, Rests.REFUSED))
    assert told is not None
    assert told.link == "It rests on 4 assumptions"
    assert told.rest == (
        " about AWS's records that are not confirmed for every call. They are about: whether a key is long-term; "
        "which device stands behind a session; and 2 other things."
    )


def test_what_a_record_refutes_is_named_before_others() -> None:
    found = {PREFIXES: State.NOT_SEEN, DEVICE: State.CONFIRMED, "refusals_have_known_codes": State.REFUTED}
    told = resting_on(found, (Rests.KEY, Rests.DEVICE, Rests.REFUSED))
    assert told is not None
    assert told.rest.endswith(
        "1 of them refuted by a record. They are about: which calls were refused; " + Rests.KEY + "."
    )
    assert told.href == f"/assumptions?assumption={PREFIXES}&assumption=refusals_have_known_codes"


def test_of_one_assumption_it_speaks_of_one() -> None:
    told = resting_on({PREFIXES: State.NOT_SEEN}, (Rests.KEY,))
    assert told is not None
    assert told.link == "It rests on 1 assumption"
    assert told.rest.endswith(" that is not confirmed for every call. It is about: whether a key is long-term.")
