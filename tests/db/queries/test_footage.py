from datetime import UTC, datetime

import pytest

from app.core.model.footage import Footage, FootageClock, FootageKind
from app.db.queries._footage import footage

ONE, TWO = datetime(2026, 10, 31, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ((None, None, None, None), None),
        (("live", ONE, None, None), Footage(FootageKind.LIVE, ONE)),
        (("interval", ONE, TWO, "server"), Footage(FootageKind.INTERVAL, ONE, TWO, FootageClock.SERVER)),
        ((None, ONE, TWO, None), Footage(FootageKind.INTERVAL, ONE, TWO)),
        ((None, ONE, None, None), Footage(FootageKind.ONWARD, ONE)),
    ],
    ids=["none", "live", "with clock", "interval of an earlier release", "start of an earlier release"],
)
def test_the_columns_of_an_event_tell_what_video_it_asked_for(columns, found):
    assert footage(*columns) == found
