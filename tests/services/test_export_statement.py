"""A statement as one JSON object."""

import json

from sqlalchemy import Engine

from app.core.model.footage import Footage, FootageKind
from app.core.model.scope import EVERYTHING
from app.core.query.moment import iso
from app.services.export_statement import statement_object
from app.services.make_statement import make_statement
from tests.builders.accounts import NOW
from tests.builders.events import EVENT
from tests.builders.statement import END, HOUR, START, make_looked_at, make_reads, question, read_of

HOSTILE = "=HYPERLINK(\u202e<script>"


def test_it_holds_the_verdict_and_all_that_it_rests_on(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        url = read_of(row, 1, action="GetHLSStreamingSessionURL", url_expires_s=300, event_time=START)
        alive = read_of(row, 2, action="GetHLSStreamingSessionURL", url_expires_s=7200, event_time=START - HOUR)
        make_reads(connection, read_of(row), url, alive)
        found = statement_object(make_statement(connection, EVERYTHING, question(row)), "ada")
    told = json.loads(json.dumps(found))
    assert (told["verdict"], told["statement"], told["reads"]) == ("reads", "2 reads", 2)
    assert (told["from"], told["to"], told["as_of"], told["asked_by"]) == (iso(START), iso(END), iso(NOW), "ada")
    assert {one["action"]: one["url_until"] for one in told["readers"]} == {
        "GetClip": None,
        "GetHLSStreamingSessionURL": "2026-11-20T00:05Z",
    }
    assert {(*one["addresses"], one["addresses_are_cut"], one["key_kinds"]) for one in told["readers"]} == {
        (EVENT.address, False, "temporary key")
    }
    assert {(*one["access_keys"],) for one in told["readers"]} == {(EVENT.access_key,)}
    assert [one["doubt"] for one in told["reasons"]] == ["alive"]
    assert told["playback_urls_alive"][0]["until"] == iso(START + HOUR)
    assert [one["state"] for one in told["coverage"]] == ["observed"]
    assert told["hours"] == {"verified": 25, "unverified": 0, "broken": 0, "not_verified": []}
    assert (told["observable"], told["trails"]) == ("100 %", ["kvs-trail (eu-central-1)"])
    assert set(told["assumptions"].values()) == {"not seen yet"}


def test_names_are_given_as_they_were_recorded(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection, name=HOSTILE)
        found = statement_object(make_statement(connection, EVERYTHING, question(row)), "ada")
    assert found["name"] == HOSTILE


def test_of_video_it_tells_what_each_asked_for(engine: Engine) -> None:
    footage = START, START + HOUR
    with engine.begin() as connection:
        row = make_looked_at(connection)
        fetch = {"action": "GetMediaForFragmentList", "footage": Footage(FootageKind.FRAGMENT_NUMBER)}
        listing = {"action": "ListFragments", "footage": Footage(FootageKind.INTERVAL, *footage)}
        make_reads(
            connection, *(read_of(row, n, access_key="ASIAONE", **one) for n, one in enumerate((fetch, listing)))
        )
        found = statement_object(make_statement(connection, EVERYTHING, question(row, footage=footage)), "ada")
    told = json.loads(json.dumps(found))
    assert [one["asked_for"] for one in told["listed"]] == [{"exactly this video": 1}]
    (maybe,) = told["may_have_asked"]
    assert maybe["asked_for"] == {"fragments by number; of which time no record tells": 1}
    assert maybe["with_a_key_that_listed"] == 1
