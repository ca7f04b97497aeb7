"""What the search box finds beside streams and principals."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.core.model.finding import FindingState
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import search
from app.db.queries.search import Callers, Named
from tests.builders.accounts import NOW
from tests.builders.events import EVENT, event, store
from tests.builders.findings import make_finding

STRANGER = Scope(frozenset({1}))
NOBODY = Callers((), (), None)
LONG_AGO = NOW - timedelta(days=90)


def test_people_are_found_by_a_part_and_a_percent_sign_is_no_wildcard(engine: Engine) -> None:
    with engine.begin() as connection:
        store(
            connection, [event(n, actor=replace(EVENT.actor, person=p)) for n, p in enumerate(("mara", "mara", "jo"))]
        )
        assert search.callers(connection, EVERYTHING, "AR", LONG_AGO, 10) == Callers((Named("mara", 2),), (), None)
        assert search.callers(connection, EVERYTHING, "%", LONG_AGO, 10) == NOBODY
        assert search.callers(connection, EVERYTHING, "mara", NOW, 10) == NOBODY


def test_where_older_calls_may_be_it_tells_since_when_they_were_looked_at(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NEWEST_CALLS", 2)
    with engine.begin() as connection:
        store(connection, [event(n, actor=replace(EVENT.actor, person=p)) for n, p in enumerate(("mara", "jo", "jo"))])
        jo = search.callers(connection, EVERYTHING, "jo", LONG_AGO, 10)
        assert jo == Callers((Named("jo", 2),), (), event(1).event_time)
        assert search.callers(connection, EVERYTHING, "mara", LONG_AGO, 10) == replace(jo, people=())


def test_a_device_is_found_by_its_certificate_and_a_person_is_no_session(engine: Engine) -> None:
    device = replace(EVENT.actor, session_name="c0ffee" + "0" * 58)
    person = replace(EVENT.actor, session_name="coffee-shop", person="coffee")
    with engine.begin() as connection:
        store(connection, [event(0, actor=device), event(1, actor=device), event(2, actor=person)])
        found = search.callers(connection, EVERYTHING, "C0FFEE", LONG_AGO, 10)
        assert found.sessions == (Named(device.session_name or "", 2),)
        found = search.callers(connection, EVERYTHING, "coffee", LONG_AGO, 10)
    assert found == Callers((Named("coffee", 1),), (), None)


def test_a_call_that_was_corrected_is_one(engine: Engine) -> None:
    person = replace(EVENT.actor, person="mara")
    calls = [event(n, actor=person) for n in range(2)]
    with engine.begin() as connection:
        store(connection, [*calls, event(9, actor=person, addendum_of=calls[0].event_id)])
        assert search.callers(connection, EVERYTHING, "mara", LONG_AGO, 10) == Callers((Named("mara", 2),), (), None)


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
        assert search.callers(connection, STRANGER, "mara", LONG_AGO, 10) == NOBODY
        assert search.named(connection, STRANGER, "address", "198", LONG_AGO.date(), 10) == ()
        assert search.findings(connection, STRANGER, "arn:", (), 10) == ()
