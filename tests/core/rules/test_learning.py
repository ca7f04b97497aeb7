from datetime import date

import pytest

from app.core.rules.facts import History
from app.core.rules.learning import too_little_known
from tests.builders.facts import day_of


def test_a_week_is_enough():
    assert list(too_little_known(day_of(history=History(date(2026, 11, 16))))) == []


@pytest.mark.parametrize(
    ("since", "said"), [(date(2026, 11, 17), "6 days"), (date(2026, 11, 23), "0 days"), (None, "0 days")]
)
def test_less_is_said_in_days(since: date | None, said: str):
    (answer,) = too_little_known(day_of(history=History(since)))

    assert said in answer.reason
