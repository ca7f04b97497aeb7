import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.core.errors import InvalidInput
from app.core.model.grant import Outcome
from app.core.model.organization import OrganizationAccount
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, Principal
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import entries as queries
from app.db.queries import snapshots
from app.services.build_role_entries import build_role_entries
from tests.builders import iam
from tests.builders.accounts import make_account
from tests.builders.facts import NOW

OTHER = 444455556666
FAR = f"arn:aws:iam::{OTHER}:role/far"
LATER = NOW + timedelta(hours=1)


def trusting(principal: object) -> Principal:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return iam.role(trust=PolicyDocument(PolicyKind.TRUST, "trust", text))


def poll(engine: Engine, account: int, *principals: Principal) -> None:
    listed = iam.organization()
    listed = replace(
        listed, accounts=(*listed.accounts, OrganizationAccount(OTHER, "far", "ACTIVE", ("r-1", str(OTHER))))
    )
    with engine.begin() as connection:
        snapshots.store_part(connection, account, "iam", "", Iam(principals, ()), NOW)
        snapshots.store_part(connection, iam.MANAGEMENT, "organization", "", listed, NOW)


@pytest.fixture
def watched(app_engine: Engine) -> Engine:
    with app_engine.begin() as connection:
        make_account(connection, iam.ACCOUNT, regions=["eu-central-1"])
        make_account(connection, OTHER, regions=["eu-central-1"])
    return app_engine


def stored(engine: Engine, scope: Scope = EVERYTHING, *principals: str):
    with engine.connect() as connection:
        return queries.entries_into(connection, scope, principals or (iam.ROLE,))


def test_it_stores_who_may_assume_which_role_over_accounts(watched: Engine):
    poll(watched, iam.ACCOUNT, trusting({"AWS": str(OTHER)}))
    poll(watched, OTHER, iam.role(iam.allow("sts:AssumeRole"), arn=FAR, name="far"))

    assert build_role_entries(watched, iam.ACCOUNT, now=NOW)

    (entry,) = stored(watched)[iam.ROLE]
    assert (entry.source, entry.account, entry.outcome, entry.is_known) == (FAR, OTHER, Outcome.ALLOW, True)
    with watched.connect() as connection:
        far = connection.execute(text("select id from principal where arn = :arn"), {"arn": FAR}).scalar_one()
        assert queries.entries_of(connection, EVERYTHING, far) == (entry,)
        assert queries.entries_of(connection, Scope(frozenset({OTHER})), far) == ()


def test_it_computes_again_when_a_trusted_account_changed_and_only_then(watched: Engine):
    poll(watched, iam.ACCOUNT, trusting({"AWS": str(OTHER)}))
    poll(watched, OTHER, iam.role(arn=FAR, name="far"))
    build_role_entries(watched, iam.ACCOUNT, now=NOW)
    assert stored(watched) == {iam.ROLE: ()}

    assert not build_role_entries(watched, iam.ACCOUNT, now=LATER)
    poll(watched, OTHER, iam.role(iam.allow("sts:*"), arn=FAR, name="far"))
    assert build_role_entries(watched, iam.ACCOUNT, now=LATER)

    assert [entry.source for entry in stored(watched)[iam.ROLE]] == [FAR]


def test_a_role_that_trusts_everyone_asks_each_watched_account_and_again_when_one_changes(watched: Engine):
    poll(watched, iam.ACCOUNT, trusting("*"))
    build_role_entries(watched, iam.ACCOUNT, now=NOW)
    assert [entry.source for entry in stored(watched)[iam.ROLE]] == ["*"]

    assert not build_role_entries(watched, iam.ACCOUNT, now=LATER)
    poll(watched, OTHER, iam.role(iam.allow("sts:AssumeRole"), arn=FAR, name="far"))
    assert build_role_entries(watched, iam.ACCOUNT, now=LATER)

    assert [entry.source for entry in stored(watched)[iam.ROLE]] == ["*", FAR]


def test_a_role_that_trusts_everyone_asks_an_account_that_is_added(watched: Engine):
    third = 777700001111
    poll(watched, iam.ACCOUNT, trusting("*"))
    build_role_entries(watched, iam.ACCOUNT, now=NOW)
    with watched.begin() as connection:
        make_account(connection, third, regions=["eu-central-1"])
    poll(watched, third, iam.role(iam.allow("sts:*"), arn=FAR.replace(str(OTHER), str(third)), name="far"))

    assert build_role_entries(watched, iam.ACCOUNT, now=LATER)

    assert [entry.account for entry in stored(watched)[iam.ROLE]] == [None, third]


def test_an_account_that_decides_nothing_changes_nothing(watched: Engine):
    poll(watched, iam.ACCOUNT, trusting({"AWS": str(iam.ACCOUNT)}))
    build_role_entries(watched, iam.ACCOUNT, now=NOW)

    poll(watched, OTHER, iam.role(iam.allow("sts:AssumeRole"), arn=FAR, name="far"))

    assert not build_role_entries(watched, iam.ACCOUNT, now=LATER)


def test_an_account_that_is_not_watched_ends_the_way(watched: Engine):
    poll(watched, iam.ACCOUNT, trusting({"AWS": "777700001111"}))

    build_role_entries(watched, iam.ACCOUNT, now=NOW)

    (entry,) = stored(watched)[iam.ROLE]
    assert (entry.source, entry.is_known) == ("777700001111", False)


def test_of_accounts_never_read_or_out_of_scope_nothing_is_said(watched: Engine):
    poll(watched, iam.ACCOUNT, trusting({"AWS": str(OTHER)}))
    build_role_entries(watched, iam.ACCOUNT, now=NOW)

    assert not build_role_entries(watched, OTHER, now=NOW)
    assert stored(watched, EVERYTHING, FAR) == {}
    assert stored(watched, Scope(frozenset({OTHER})), iam.ROLE) == {}


def test_an_unknown_account_is_refused(app_engine: Engine):
    with pytest.raises(InvalidInput, match="000000000007"):
        build_role_entries(app_engine, 7, now=NOW)
