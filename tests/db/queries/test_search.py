"""What the search box finds beside streams and principals."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from app.core.model.event import Event
from app.core.model.finding import FindingState
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import search
from app.db.queries.search import Named, Sessions
from tests.builders.accounts import NOW
from tests.builders.events import EVENT, event, store
from tests.builders.findings import make_finding

STRANGER = Scope(frozenset({1}))
NOBODY = Sessions((), None)
LONG_AGO = NOW - timedelta(days=90)


def _people(connection: Connection, contains: str, scope: Scope = EVERYTHING, **changes: Any) -> list[tuple[str, int]]:
    values = {"since": LONG_AGO, "limit": 10, "most": 10} | changes
    return [(one.value, one.calls) for one in search.people(connection, scope, contains, **values)]


def _session(number: int, name: str) -> Event:
    return event(number, actor=replace(EVENT.actor, session_name=name))


def test_people_are_found_by_a_part_and_a_percent_sign_is_no_wildcard(engine: Engine) -> None:
    names = ("mara", "mara", "jo", "Omar", "%")
    with engine.begin() as connection:
        store(connection, [event(n, actor=replace(EVENT.actor, person=p)) for n, p in enumerate(names)])
        assert _people(connection, "MAR") == [("Omar", 1), ("mara", 2)]
        assert _people(connection, "MAR", limit=2, most=1) == [("Omar", 1), ("mara", 1)]
        assert _people(connection, "%") == [("%", 1)]
        assert _people(connection, "mara", since=NOW) == []


def test_where_older_calls_may_be_it_tells_since_when_they_were_looked_at(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NEWEST_CALLS", 2)
    with engine.begin() as connection:
        store(connection, [_session(n, name) for n, name in enumerate(("mara", "jo", "jo"))])
        jo = search.sessions(connection, EVERYTHING, "jo", LONG_AGO, 10)
        assert jo == Sessions((Named("jo", 2),), event(1).event_time)
        assert search.sessions(connection, EVERYTHING, "mara", LONG_AGO, 10) == replace(jo, found=())


def test_a_device_is_found_by_its_certificate_and_a_person_is_no_session(engine: Engine) -> None:
    device = replace(EVENT.actor, session_name="c0ffee" + "0" * 58)
    person = replace(EVENT.actor, session_name="coffee-shop", person="coffee")
    with engine.begin() as connection:
        store(connection, [event(0, actor=device), event(1, actor=device), event(2, actor=person)])
        found = search.sessions(connection, EVERYTHING, "C0FFEE", LONG_AGO, 10)
        assert found.found == (Named(device.session_name or "", 2),)
        assert search.sessions(connection, EVERYTHING, "coffee", LONG_AGO, 10) == NOBODY
        assert _people(connection, "coffee") == [("coffee", 1)]


def test_a_call_that_was_corrected_is_one(engine: Engine) -> None:
    mara, jo = (replace(EVENT.actor, person=name) for name in ("mara", "jo"))
    calls = [event(n, actor=mara) for n in range(2)]
    corrected = [event(9, actor=mara, addendum_of=calls[0].event_id), _session(3, "kiosk")]
    with engine.begin() as connection:
        store(connection, [*calls, *corrected])
        store(connection, [event(10, actor=jo, event_time=corrected[1].event_time, addendum_of=corrected[1].event_id)])
        assert _people(connection, "") == [("jo", 1), ("mara", 2)]
        assert search.sessions(connection, EVERYTHING, "kiosk", LONG_AGO, 10).found == (Named("kiosk", 0),)


def test_open_findings_come_before_the_others(engine: Engine) -> None:
    with engine.begin() as connection:
        make_finding(connection, "arn:a", severity="critical", state="resolved")
        make_finding(connection, "arn:b", severity="low")
        found = search.findings(connection, EVERYTHING, "arn:", (), 10)
    assert [one.state for one in found] == [FindingState.OPEN, FindingState.RESOLVED]


def test_a_stranger_finds_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(0, actor=replace(EVENT.actor, person="mara"))])
        make_finding(connection, "arn:a")
        assert _people(connection, "mara", STRANGER) == []
        assert search.sessions(connection, STRANGER, "sync", LONG_AGO, 10) == NOBODY
        assert search.named(connection, STRANGER, "address", "198", LONG_AGO.date(), 10) == ()
        assert search.findings(connection, STRANGER, "arn:", (), 10) == ()
