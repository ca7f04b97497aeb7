from datetime import UTC, datetime

import pytest

from app.core.normalise.values import moment, nested

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
