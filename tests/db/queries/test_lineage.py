from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, text

from app.core.lineage.chain import End, chain
from app.core.model.event import Actor, ActorKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.cursor import EventKey, EventReference
from app.db.queries.ingest import EventStore
from app.db.queries.lineage import (
    assumed_with,
    records_of,
    session_of_record,
    sessions_behind,
    sessions_behind_keys,
    taken_by,
    taken_with,
)
from tests.builders.events import CLINIC, EVENT, ROLE, store
from tests.builders.sessions import ISSUED_AT, KEY, LONG_TERM, issued, store_issued
from tests.builders.stored import arrival, one
from tests.builders.trail import assume_role_record

OTHER = 111122223333
AT = EVENT.event_time


@pytest.fixture
def connection(engine: Engine) -> Any:
    with engine.begin() as connection:
        store(connection, [EVENT])
        connection.execute(text("select ensure_month('issued_session', :day)"), {"day": AT.date()})
        yield connection


def issue(connection: Connection, key: str, minutes_before: int, **values: Any) -> None:
    row = {"account_id": CLINIC, "caller_key": None, "caller_kind": "role", "person": None} | values
    connection.execute(
        text("""insert into issued_session (account_id, event_time, event_id, action_id, region_id, role_id, access_key,
                  caller_id, caller_kind, caller_key, person, external_id_given, user_agent_id)
                select :account_id, :at, gen_random_uuid(), 1, 1, p.id, :key, p.id, :caller_kind, :caller_key, :person,
                  false, 0 from principal p where p.arn = :role"""),
        row | {"at": AT - timedelta(minutes=minutes_before), "key": key, "role": ROLE},
    )


def test_it_finds_the_sessions_behind_a_key_hop_by_hop(connection):
    issue(connection, "ASIA3", 5, caller_key="ASIA2")
    issue(connection, "ASIA2", 50, caller_key="ASIA1", account_id=OTHER)
    issue(connection, "ASIA1", 600, caller_kind="person", person="Mara")
    issue(connection, "ASIAUNRELATED", 5)
    found = sessions_behind(connection, EVERYTHING, "ASIA3", AT)
    assert found.keys() == {"ASIA3", "ASIA2", "ASIA1"}
    made = chain("ASIA3", found, AT)
    assert [hop.key for hop in made.hops] == ["ASIA3", "ASIA2", "ASIA1"]
    assert made.end is End.IDENTITY_CENTER
    assert made.origin is not None
    assert made.origin.person == "Mara"
    assert made.hops[0].session.role_arn == ROLE


def test_it_does_not_look_outside_of_the_scope(connection):
    issue(connection, "ASIA3", 5, caller_key="ASIA2")
    issue(connection, "ASIA2", 50, account_id=OTHER)
    found = sessions_behind(connection, Scope(frozenset({CLINIC})), "ASIA3", AT)
    assert found.keys() == {"ASIA3"}
    assert chain("ASIA3", found, AT).end is End.NOT_SEEN


def test_what_was_issued_after_the_call_is_not_behind_it(connection):
    issue(connection, "ASIA3", -5)
    assert sessions_behind(connection, EVERYTHING, "ASIA3", AT) == {}


def test_records_that_lead_in_a_circle_end(connection):
    issue(connection, "ASIA1", 5, caller_key="ASIA2")
    issue(connection, "ASIA2", 6, caller_key="ASIA1")
    found = sessions_behind(connection, EVERYTHING, "ASIA1", AT)
    assert chain("ASIA1", found, AT).end in {End.LOOP, End.NOT_SEEN}
    assert found.keys() == {"ASIA1", "ASIA2"}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)], ids=["in order", "the last first"])
def test_a_corrected_record_gives_way_to_the_latest_that_corrects_it(engine, order):
    first = assume_role_record(1, sourceIPAddress="192.0.2.1")
    addendum = {"reason": "UPDATED_DATA", "updatedFields": "sourceIPAddress", "originalEventID": first["eventID"]}
    again = [assume_role_record(n, sourceIPAddress=f"192.0.2.{n}", addendum=addendum) for n in (2, 3)]
    key = first["responseElements"]["credentials"]["accessKeyId"]
    for record in again:
        record["responseElements"]["credentials"]["accessKeyId"] = key
    records = [first, *again]
    for n in order:
        EventStore(engine).store([arrival(records[n])], now=AT)
    assert one(engine, "select count(*) from issued_session") == 3
    at = datetime.fromisoformat(first["eventTime"]) + timedelta(minutes=1)
    with engine.begin() as connection:
        (found,) = sessions_behind(connection, EVERYTHING, key, at)[key]
    assert found.address == "192.0.2.3"


def test_of_several_keys_each_has_the_copy_of_its_own_caller(connection):
    for key, shared in (("ASIA3", "s-1"), ("ASIA4", "s-2")):
        issue(connection, key, 5, caller_kind="account")
        issue(connection, key, 5, caller_kind="user", account_id=OTHER)
        connection.execute(
            text("""update issued_session set shared_event_id = :shared,
                      access_key = case when account_id = :other then null else access_key end,
                      caller_account_id = :other where access_key = :key"""),
            {"shared": shared, "other": OTHER, "key": key},
        )
    found = sessions_behind_keys(connection, EVERYTHING, ["ASIA3", "ASIA4"], AT, AT)
    assert {key: [one.shared_event_id for one in copies] for key, copies in found.items()} == {
        "ASIA3": ["s-1", "s-1"],
        "ASIA4": ["s-2", "s-2"],
    }


def test_a_key_s_records_are_all_that_issued_it_with_copies_that_tell_its_caller(connection):
    mine = issued(1, caller=Actor(ActorKind.ACCOUNT, "account/1/AROA", OTHER), caller_key=None, shared_event_id="s-1")
    theirs = issued(2, account=OTHER, access_key=None, shared_event_id="s-1")
    store_issued(connection, [mine, theirs, issued(3, access_key="ASIAOTHER")])
    assert [one.event_id for one in records_of(connection, EVERYTHING, KEY)] == [mine.event_id, theirs.event_id]
    assert records_of(connection, Scope(frozenset({333344445555})), KEY) == ()


def test_what_was_assumed_with_a_key_is_in_order_with_refusals(connection):
    later = issued(1, access_key="ASIA2", event_time=ISSUED_AT + timedelta(minutes=3))
    refused = issued(2, access_key=None, error_code="AccessDenied")
    store_issued(connection, [later, refused, issued(3, caller_key="AKIAOTHER", access_key="ASIA3")])
    found = assumed_with(connection, EVERYTHING, [LONG_TERM], 10)
    assert [(one.access_key, one.error_code) for one in found] == [(None, "AccessDenied"), ("ASIA2", None)]
    assert len(assumed_with(connection, EVERYTHING, [LONG_TERM], 1)) == 1


def test_a_session_in_another_account_has_the_key_that_the_record_there_names(connection):
    role = f"arn:aws:iam::{OTHER}:role/Far"
    mine = issued(1, access_key=None, role_arn=role, shared_event_id="s-1")
    there = issued(2, account=OTHER, role_arn=role, caller_key=None, access_key="ASIAFAR", shared_event_id="s-1")
    store_issued(connection, [mine, there, issued(4, access_key=None, role_arn=role, shared_event_id="s-2")])
    found = assumed_with(connection, EVERYTHING, [LONG_TERM], 10)
    assert [one.access_key for one in found] == ["ASIAFAR", None]
    alone = assumed_with(connection, Scope(frozenset({CLINIC})), [LONG_TERM], 10)
    assert [one.access_key for one in alone] == [None, None]


def test_a_record_tells_of_its_session_by_its_id_alone_and_with_its_account_and_time(connection):
    role = f"arn:aws:iam::{OTHER}:role/Far"
    mine = issued(1, access_key=None, role_arn=role, shared_event_id="s-1")
    there = issued(2, account=OTHER, role_arn=role, caller_key=None, access_key="ASIAFAR", shared_event_id="s-1")
    store_issued(connection, [mine, there])
    event_id = UUID(mine.event_id)
    bare = session_of_record(connection, EVERYTHING, EventReference(event_id, None))
    whole = session_of_record(connection, EVERYTHING, EventReference(event_id, EventKey(ISSUED_AT, event_id, CLINIC)))
    assert bare == whole == replace(mine, access_key="ASIAFAR")
    elsewhere = EventReference(event_id, EventKey(ISSUED_AT, event_id, OTHER))
    assert session_of_record(connection, EVERYTHING, elsewhere) is None
    assert session_of_record(connection, Scope(frozenset({OTHER})), EventReference(event_id, None)) is None


def test_what_a_principal_or_key_took_is_found_newest_first(connection):
    hours = [timedelta(hours=n) for n in range(3)]
    rows = [issued(n, event_time=ISSUED_AT - ago, access_key=f"ASIA{n}") for n, ago in enumerate(hours)]
    refused = issued(8, access_key=None, error_code="AccessDenied", event_time=ISSUED_AT - timedelta(days=1))
    fixed = issued(9, addendum_of=rows[0].event_id, access_key="ASIAFIXED", event_time=ISSUED_AT)
    store_issued(connection, [*rows, refused, fixed])
    who = connection.execute(text("select caller_id from issued_session limit 1")).scalar_one()
    since, until = ISSUED_AT - timedelta(days=1), ISSUED_AT + timedelta(seconds=1)
    by_key = taken_with(connection, EVERYTHING, {LONG_TERM}, since, until, 9)
    assert [one.access_key for one in by_key] == ["ASIAFIXED", "ASIA1", "ASIA2", None]
    assert taken_by(connection, EVERYTHING, who, since, until, 9) == by_key
    assert taken_by(connection, EVERYTHING, who, since, until, 3) == by_key[:3]
    assert taken_by(connection, EVERYTHING, who, ISSUED_AT, until, 9) == by_key[:1]
    assert taken_by(connection, Scope(frozenset({OTHER})), who, since, until, 9) == ()
