import pytest

from app.core.query.filter import LIMITS, NONE
from app.core.query.listing import EVENTS, FINDINGS, MATRIX, Listing

LISTINGS = pytest.mark.parametrize("listing", [EVENTS, FINDINGS, MATRIX], ids=lambda listing: listing.name)
RESERVED = {"from", "to", "tz", "sort", "cols", "group", "limit", "after", "before", "q"}


@LISTINGS
def test_no_parameter_has_two_meanings(listing: Listing):
    names = [*(field.name for field in listing.fields), *listing.extras]
    assert len(names) == len(set(names))
    assert not RESERVED & set(names)
    assert not any(name.endswith(("!", "~")) for name in names)


@LISTINGS
def test_a_default_is_a_choice(listing: Listing):
    assert all(set(field.default) <= set(field.choices) for field in listing.fields if field.default)
    assert NONE not in {choice for field in listing.fields for choice in field.choices}


@LISTINGS
def test_a_field_is_found_by_its_name(listing: Listing):
    assert all(listing.field(field.name) is field for field in listing.fields)
    assert listing.field("colour") is None


def test_the_list_of_calls_has_every_field_of_the_grammar():
    assert {field.name for field in EVENTS.fields} == {
        "account", "action", "source", "stream", "principal", "person", "session", "address", "key", "key_kind",
        "outcome", "region", "user_agent", "footage", "footage_maybe", "footage_kind", "footage_from", "footage_to",
        "footage_clock", "url_expires_at", "time", "event_id", "shared_event_id", "addendum", "corrects",
        "superseded_by", "integrity", "kind", "own",
    }  # fmt: skip


def test_the_list_of_calls_can_be_asked_for_what_any_of_its_columns_shows():
    assert {"footage_kind" if name == "footage" else name for name in EVENTS.columns} <= {
        field.name for field in EVENTS.fields if not field.is_plain
    }


def test_pages_are_of_fifty_rows_unless_asked():
    assert LIMITS[0] == 50
