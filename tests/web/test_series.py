"""Which side of the waterline a call stands on."""

import pytest

from app.core.kvs.actions import ACTIONS, MEDIA_READ
from app.web.series import ABOVE, ACTIONS_OF, SERIES, is_warm, series_of

RISING = {series.key for series in ABOVE}


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_exactly_what_exposes_media_rises(action: str) -> None:
    assert (series_of(action) in RISING) is (action in MEDIA_READ)
    assert is_warm(action) is (action in MEDIA_READ)


def test_each_action_belongs_to_one_series() -> None:
    listed = [name for names in ACTIONS_OF.values() for name in names]
    assert sorted(listed) == sorted(ACTIONS)
    assert set(ACTIONS_OF) == {series.key for series in SERIES}


@pytest.mark.parametrize(
    ("action", "key"), [("AssumeRole", "ask"), ("GetSomethingNew", "ask"), ("PurgeEverything", "change")]
)
def test_an_action_unknown_to_this_release_hangs_below(action: str, key: str) -> None:
    assert series_of(action) == key
