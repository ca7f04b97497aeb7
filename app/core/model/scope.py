"""What the asking user may see: the first argument of every query that touches account data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The accounts that a user may see; None means all of them."""

    accounts: frozenset[int] | None = None

    def holds(self, account_id: int) -> bool:
        """Return whether the user may see an account."""
        return self.accounts is None or account_id in self.accounts

    def narrowed(self, chosen: frozenset[int]) -> "Scope":
        """Return the scope within the chosen accounts; none chosen leaves all of it."""
        if not chosen:
            return self
        return Scope(chosen if self.accounts is None else chosen & self.accounts)


EVERYTHING = Scope()
