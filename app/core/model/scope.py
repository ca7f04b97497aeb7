"""What the asking user may see: the first argument of every query that touches account data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The accounts that a user may see; None means all of them."""

    accounts: frozenset[int] | None = None

    def holds(self, account_id: int) -> bool:
        """Return whether the user may see an account."""
        return self.accounts is None or account_id in self.accounts


EVERYTHING = Scope()
