from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.query.cursor import EventKey, decoded, encoded, reference, referenced

ID = UUID("6f0b2f1e-93c1-4d0a-9d52-0f4b1a77c3e9")
KEYS = st.builds(
    EventKey,
    st.datetimes(datetime(2006, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone is added
    st.uuids(),
    st.integers(0, 999_999_999_999),
)


@given(KEYS)
def test_a_cursor_comes_back_as_the_key_it_was_made_of(key):
    assert decoded(encoded(key)) == key


@given(KEYS)
def test_a_reference_comes_back_as_the_key_it_was_made_of(key):
    found = referenced(reference(key))
    assert found is not None
    assert found.key == key


@given(st.text(max_size=60))
def test_a_tampered_cursor_is_no_cursor(text):
    found = decoded(text)
    assert found is None or encoded(found) == text


@pytest.mark.parametrize("text", ["", "abc", "A" * 43 + "!", "////////////////////////////////////////////"])
def test_it_tells_no_key_from_what_is_no_cursor(text):
    assert decoded(text) is None


def test_a_reference_names_account_and_time_for_people_too():
    key = EventKey(datetime(2026, 11, 23, 3, 12, 44, tzinfo=UTC), ID, 1111)
    assert reference(key) == f"000000001111.20261123T031244Z.{ID}"


def test_a_bare_event_id_is_a_reference_without_a_key():
    found = referenced(str(ID))
    assert found is not None
    assert (found.event_id, found.key) == (ID, None)


@pytest.mark.parametrize("text", ["", "x", "111122223333.20269923T031244Z." + str(ID), str(ID) + "'", f"1.{ID}"])
def test_it_refuses_what_is_no_reference(text):
    assert referenced(text) is None
