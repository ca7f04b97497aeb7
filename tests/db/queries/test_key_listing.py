from datetime import timedelta

import pytest

from app.core.model.principal import AccessKey
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.snapshot import PartState
from app.core.parts import AccessKeys
from app.db.queries.key_listing import key_listings
from app.db.queries.snapshots import mark_unseen, store_part
from tests.builders.accounts import CLINIC, NOW, make_account

OTHER, THIRD = 111122223333, 222233334444
ANN = f"arn:aws:iam::{CLINIC}:user/ann"
KEY = AccessKey("AKIAQ4EXAMPLE0000009", True, NOW - timedelta(days=90))


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        for account in (CLINIC, OTHER, THIRD):
            make_account(connection, account)
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(((ANN, (KEY,)),)), NOW)
        store_part(connection, OTHER, "access_keys", "", AccessKeys(()), NOW)
        mark_unseen(connection, THIRD, "access_keys", "", PartState.DENIED, "iam:ListAccessKeys", "no", NOW)
        yield connection


def test_a_key_is_found_with_its_user_and_when_it_was_listed(connection):
    found = key_listings(connection, EVERYTHING, KEY.id).listed
    assert found is not None
    assert (found.account_id, found.user_arn, found.key, found.seen_at) == (CLINIC, ANN, KEY, NOW)


def test_a_key_in_no_listing_is_beside_the_listings_that_were_never_read(connection):
    found = key_listings(connection, EVERYTHING, "AKIANOWHERE")
    assert found.listed is None
    assert found.unread == ((THIRD, PartState.DENIED),)


def test_it_looks_into_the_scope_and_the_accounts_that_were_named(connection):
    assert key_listings(connection, Scope(frozenset({OTHER})), KEY.id).listed is None
    assert key_listings(connection, EVERYTHING, KEY.id, {OTHER}).listed is None
    assert key_listings(connection, EVERYTHING, KEY.id, {CLINIC}).listed is not None
