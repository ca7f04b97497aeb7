"""What a list says of the accounts of which no call like those asked for could be seen, beside others."""

from app.core.query.filter import Filter
from app.db.engine import at_most
from app.db.errors import TooSlow
from app.db.queries import events
from app.web import words
from app.web.horizon import Observability
from app.web.visit import Visit

TIMEOUT_S = 0.2


def unseen_accounts(visit: Visit, query: Filter, seen: Observability) -> str:
    """Return the sentences on the accounts that `seen` is blind or does not know of at all times, "" if of none.

    Some of their calls may be stored all the same: imported, or of an hour of which a file was not read.
    """
    stored = _with_calls(visit, query, seen.blind | seen.blind_in_kept)
    none = "Of such calls of {{}} nobody could see any in {}."
    not_all = "At no time{} could all such calls of {{}} be seen: there may be more than are stored."
    said = (
        (seen.blind - stored, none.format("this time")),
        (seen.blind_in_kept - stored, none.format("what is kept of this time")),
        (seen.blind & stored, not_all.format("")),
        (seen.blind_in_kept & stored, not_all.format(" that is kept")),
        (seen.unknown, "Whether such calls of {} could be seen in this time is not known: there may be more."),
    )
    return " ".join(text.format(words.listed(seen.named(whose))) for whose, text in said if whose)


def _with_calls(visit: Visit, query: Filter, accounts: frozenset[int]) -> frozenset[int]:
    """Return which of `accounts` have calls that are asked for; all of them where that takes too long to tell."""
    try:
        with at_most(visit.connection, TIMEOUT_S):
            return events.accounts_with_calls(visit.connection, visit.scope, query, accounts)
    except TooSlow:
        return accounts
