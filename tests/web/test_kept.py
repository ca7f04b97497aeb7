"""Answers that are kept for half a minute."""

from datetime import UTC, datetime, timedelta
from functools import partial

from app.web.kept import MOST_KEPT, Kept, half_minute

AT = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


def test_an_answer_is_made_once_a_key_even_when_it_is_empty() -> None:
    made: list[str] = []
    kept = Kept[tuple[int, ...]]()

    def nothing(key: str) -> tuple[int, ...]:
        made.append(key)
        return ()

    for key in ("a", "a", "b"):
        assert kept.get(key, AT, partial(nothing, key)) == ()
    assert made == ["a", "b"]


def test_never_more_than_a_few_are_kept() -> None:
    kept = Kept[int]()
    for key in range(MOST_KEPT + 1):
        kept.get(key, AT, lambda: 0)
    assert kept.get(0, AT, lambda: 1) == 1
    assert kept.get(MOST_KEPT, AT, lambda: 1) == 0


def test_half_a_minute_later_it_is_made_anew() -> None:
    kept = Kept[str]()
    assert kept.get("a", AT, lambda: "first") == kept.get("a", AT + timedelta(seconds=29), lambda: "second") == "first"
    assert kept.get("a", AT + timedelta(seconds=30), lambda: "third") == "third"
    assert half_minute(AT) != half_minute(AT + timedelta(seconds=30))
