"""The accounts that a query string narrows a list to."""

from collections.abc import Iterable, Mapping

from app.core.digits import ACCOUNT_DIGITS, number


def chosen_accounts(given: Iterable[str], names: Mapping[int, str]) -> tuple[frozenset[int], tuple[str, ...]]:
    """Return the accounts that the texts name, by digits or by name, and the texts that name none of `names`."""
    by_name = {name: account for account, name in names.items()}
    chosen, unknown = set[int](), list[str]()
    for text in given:
        digits = number(text, ACCOUNT_DIGITS)
        account = by_name.get(text) if digits is None else digits
        if account is None or account not in names:
            unknown.append(text)
        else:
            chosen.add(account)
    return frozenset(chosen), tuple(unknown)
