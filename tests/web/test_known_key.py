from datetime import timedelta

from app.core.model.principal import AccessKey
from app.db.queries.activity import Activity
from app.db.queries.key_listing import Listed, Listings
from app.web.known_key import KnownKey
from tests.builders.events import CLINIC, NOW, ROLE
from tests.builders.sessions import ISSUED_AT, KEY, LONG_TERM, USER, issued

NOTHING = Activity((), None, is_cut=False)
NO_LISTING = Listings(None, ())


def known(key: str = KEY, records=(), listings: Listings = NO_LISTING) -> KnownKey:
    return KnownKey(key, records, NOTHING, None, listings, CLINIC)


def test_a_key_with_a_record_is_a_session_whatever_its_prefix():
    assert known(LONG_TERM, (issued(access_key=LONG_TERM),)).is_session
    assert known("ASIA").is_session
    assert not known(LONG_TERM).is_session


def test_a_session_s_role_and_end_are_those_of_its_records():
    copy = issued(2, access_key=None, expires_at=None)
    found = known(records=(copy, issued()))
    assert found.principal == ROLE
    assert found.ends_at == ISSUED_AT + timedelta(hours=1)
    assert found.issued == issued()
    assert known(records=(copy,)).ends_at is None


def test_a_key_that_never_called_is_its_user_s_by_the_listing_of_iam():
    listed = Listed(CLINIC, USER, AccessKey(LONG_TERM, True, NOW), NOW)
    assert known(LONG_TERM, listings=Listings(listed, ())).principal == USER
    assert known(LONG_TERM).principal == ""
