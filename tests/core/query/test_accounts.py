"""The accounts that a query string names."""

from app.core.query.accounts import chosen_accounts

NAMES = {590817264433: "clinic-video", 12345678901: "short"}


def test_accounts_are_named_by_digits_or_by_name() -> None:
    assert chosen_accounts(["590817264433", "short"], NAMES) == (frozenset(NAMES), ())
    assert chosen_accounts(["012345678901"], NAMES) == (frozenset({12345678901}), ())


def test_what_names_none_is_told_and_not_dropped() -> None:
    assert chosen_accounts(["1", "nobody", "x1"], NAMES) == (frozenset(), ("1", "nobody", "x1"))
