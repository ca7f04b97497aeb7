"""Since when permissions are as they are, by what is stored."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, Principal, PrincipalKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.parts import ManagedPolicies
from app.core.unchanged import Unchanged
from app.db.queries.snapshots import store_part
from app.services import read_unchanged
from app.services.read_unchanged import unchanged_in
from tests.builders.accounts import CLINIC, NOW, make_account

ARN = "arn:aws:iam::590817264433:role/Analyst"
HOUR = timedelta(hours=1)
ANALYST = Principal(ARN, PrincipalKind.ROLE, "Analyst", "/", "AROA1", NOW - 9 * HOUR)
POLICY = PolicyDocument(PolicyKind.INLINE, "own", "{}")


@pytest.fixture
def connection(engine):
    """An account whose role had no policy until three hours ago, and was last read an hour ago."""
    with engine.begin() as connection:
        make_account(connection)
        for hours, inline in ((5, ()), (4, ()), (3, (POLICY,)), (1, (POLICY,))):
            content = Iam((replace(ANALYST, inline=inline),), ())
            store_part(connection, CLINIC, "iam", "", content, NOW - hours * HOUR)
        yield connection


def test_a_change_lies_between_the_last_reading_that_found_another_and_the_first_that_found_this(connection):
    assert unchanged_in(connection, EVERYTHING, CLINIC) == {ARN: Unchanged(NOW - 3 * HOUR, NOW - 4 * HOUR)}


def test_with_fewer_readings_it_says_at_least(connection, monkeypatch):
    monkeypatch.setattr(read_unchanged, "MOST_READINGS", 1)
    assert unchanged_in(connection, EVERYTHING, CLINIC) == {ARN: Unchanged(NOW - 3 * HOUR)}


def test_policies_that_were_read_one_by_one_count(connection):
    edge = PolicyDocument(PolicyKind.MANAGED, "Edge", "{}", "arn:aws:iam::590817264433:policy/Edge", "v1")
    bound = Iam((replace(ANALYST, inline=(POLICY,), boundary=edge.arn),), ())
    store_part(connection, CLINIC, "iam", "", bound, NOW - HOUR)
    store_part(connection, CLINIC, "managed_policies", "", ManagedPolicies((edge,)), NOW - HOUR)
    store_part(connection, CLINIC, "iam", "", bound, NOW)
    wider = replace(edge, version_id="v2", document='{"Statement": []}')
    store_part(connection, CLINIC, "managed_policies", "", ManagedPolicies((wider,)), NOW)
    assert unchanged_in(connection, EVERYTHING, CLINIC) == {ARN: Unchanged(NOW, NOW - HOUR)}


def test_nothing_is_told_of_another_account_or_out_of_scope(connection):
    assert unchanged_in(connection, EVERYTHING, 111122223333) == {}
    assert unchanged_in(connection, Scope(frozenset({1})), CLINIC) == {}
