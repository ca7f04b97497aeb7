from app.core.model.scope import EVERYTHING, Scope
from app.web.matrix_rows import MOST_LEFT, Left

CLINIC = Scope(frozenset({1}))


def test_what_is_left_is_given_once() -> None:
    left = Left()
    word = left.leave(CLINIC, lambda: b"rows")
    made = left.take(CLINIC, word)
    assert made is not None
    assert made() == b"rows"
    assert left.take(CLINIC, word) is None


def test_it_is_given_to_nobody_of_another_scope() -> None:
    left = Left()
    for wanted in (Scope(frozenset({2})), EVERYTHING):
        assert left.take(wanted, left.leave(CLINIC, lambda: b"rows")) is None


def test_the_oldest_that_nobody_took_are_forgotten() -> None:
    left = Left()
    words = [left.leave(CLINIC, str(number).encode) for number in range(MOST_LEFT + 2)]
    made = [left.take(CLINIC, word) for word in words]
    assert [one and one() for one in made] == [
        None,
        None,
        *(str(number).encode() for number in range(2, MOST_LEFT + 2)),
    ]
    assert left.take(CLINIC, "") is None
