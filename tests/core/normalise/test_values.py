from datetime import UTC, datetime

import pytest

from app.core.normalise.values import moment, nested, whole

TIME = datetime(2026, 11, 1, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-11-01T10:15:00Z", TIME),
        ("20261101T101500Z", TIME),
        ("2026-11-01T10:15:00.000Z", TIME),
        ("2026-11-01 10:15:00.000000000", TIME),
        ("2026-11-01T11:15:00+01:00", TIME),
        ("Nov 1, 2026 10:15:00 AM", TIME),
        ("Nov 1, 2026, 10:15:00\u202fAM", TIME),
        ("Nov 1, 2026, 12:15:00 AM", datetime(2026, 11, 1, 0, 15, tzinfo=UTC)),
        ("Nov 1, 2026, 12:15:00 PM", datetime(2026, 11, 1, 12, 15, tzinfo=UTC)),
        (1793528100, TIME),
        (1793528100000, TIME),
        (1793528100.0, TIME),
        ("1793528100", TIME),
        ("1793528100000", TIME),
        ("1793528100.25", TIME.replace(microsecond=250_000)),
        # ISO 8601 reads these as times of day in 1712 and 1553.
        ("1712120112000", datetime(2024, 4, 3, 4, 55, 12, tzinfo=UTC)),
        ("1553090841123", datetime(2019, 3, 20, 14, 7, 21, 123_000, tzinfo=UTC)),
        ("20261101", TIME.replace(hour=0, minute=0)),
        (1e300, None),
        (float("nan"), None),
        (True, None),
        (None, None),
        ("Now 1, 2026 10:15:00 AM", None),
        ("", None),
        ([], None),
    ],
)
def test_it_reads_each_form_of_time(value, time):
    assert moment(value) == time


@pytest.mark.parametrize(
    ("value", "found"), [({"Ab": 1, "CD": {"Ef": 2}}, {"ab": 1, "cd": {"Ef": 2}}), (None, {}), ([1], {}), ("x", {})]
)
def test_a_nested_object_has_its_keys_in_small_letters(value, found):
    assert nested(value) == found


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (600, 600),
        (600.0, 600),
        ("0600", 600),
        (600.5, None),
        ("6e2", None),
        ("9" * 99, None),
        (True, None),
        (None, None),
    ],
)
def test_a_whole_number_may_be_written_in_several_ways(value, number):
    assert whole(value) == number
