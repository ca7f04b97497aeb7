from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine

from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Outcome
from app.core.model.principal import Iam
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries._principals import ids_of_arns
from app.db.queries.entries import StoredState, entries_into, entries_of, open_to_anybody, store_entries, stored_state
from app.db.queries.snapshots import store_part
from tests.builders.facts import NOW

ACCOUNT, OTHER = 111122223333, 444455556666
DOOR, HALL = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("door", "hall"))
FAR = f"arn:aws:iam::{OTHER}:role/far"
BY_FAR = Entry(
    DOOR, TrustedKind.PRINCIPAL, FAR, OTHER, Outcome.CONDITIONAL, ("sts:externalid",), is_known=True, sid="Far"
)
BY_SERVICE = Entry(DOOR, TrustedKind.SERVICE, "ec2.amazonaws.com", None, Outcome.ALLOW, statement=1)


def store(connection: Connection, *entries: Entry, account: int = ACCOUNT) -> None:
    store_entries(connection, account, entries, inputs=b"h", accounts={account, OTHER}, now=NOW)


@pytest.fixture
def connection(app_engine: Engine):
    with app_engine.begin() as connection:
        yield connection


def test_what_was_stored_comes_back(connection: Connection):
    store(connection, BY_FAR, BY_SERVICE)

    assert entries_into(connection, EVERYTHING, [DOOR, HALL, FAR]) == {DOOR: (BY_FAR, BY_SERVICE), HALL: ()}
    assert stored_state(connection, ACCOUNT) == StoredState(b"h", frozenset({ACCOUNT, OTHER}))
    assert stored_state(connection, OTHER) is None


def test_new_entries_take_the_place_of_the_old_ones_of_their_account_alone(connection: Connection):
    far = replace(BY_SERVICE, role=FAR)
    store(connection, BY_FAR, BY_SERVICE)
    store(connection, far, account=OTHER)

    store(connection, BY_SERVICE)

    assert entries_into(connection, EVERYTHING, [DOOR, FAR]) == {DOOR: (BY_SERVICE,), FAR: (far,)}


def test_a_principal_s_own_doors_are_found_in_the_scope(connection: Connection):
    store(connection, BY_FAR, replace(BY_FAR, role=HALL))
    far = ids_of_arns(connection, OTHER, [FAR])[FAR]

    assert [entry.role for entry in entries_of(connection, EVERYTHING, far)] == [DOOR, HALL]
    assert entries_of(connection, Scope(frozenset({OTHER})), far) == ()
    assert entries_into(connection, Scope(frozenset({OTHER})), [DOOR]) == {}


def test_roles_that_trust_anybody_are_told_to_whoever_was_not_asked(connection: Connection):
    store(connection, replace(BY_SERVICE, kind=TrustedKind.EVERYONE, source="*"), BY_FAR)

    assert open_to_anybody(connection, EVERYTHING, ACCOUNT) == ()
    assert open_to_anybody(connection, EVERYTHING, 777700001111) == (DOOR,)
    assert open_to_anybody(connection, Scope(frozenset({OTHER})), 777700001111) == ()
    # It decides, and its policies were never read: none of its principals could be asked.
    assert open_to_anybody(connection, EVERYTHING, OTHER) == (DOOR,)
    store_part(connection, OTHER, "iam", "", Iam((), ()), NOW)
    assert open_to_anybody(connection, EVERYTHING, OTHER) == ()


def test_hostile_names_are_kept_as_they_are(connection: Connection):
    odd = replace(BY_SERVICE, source="'; drop table role_entry; --\\N\t<b>", sid="\\.")

    store(connection, odd)

    assert entries_into(connection, EVERYTHING, [DOOR]) == {DOOR: (odd,)}
