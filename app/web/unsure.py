"""How many calls may have asked for the video that a list is filtered by: what no record tells is not left out."""

from dataclasses import dataclass

from app.core.query.filter import Filter, Verb, url, with_values
from app.db.engine import at_most
from app.db.errors import TooSlow
from app.db.queries import rollups
from app.web import filters
from app.web.visit import Visit

MOST = 10_000
TIMEOUT_S = 0.5
_UNTOLD = "may have asked for that video"


@dataclass(frozen=True, slots=True)
class Unsure:
    """The calls in words, and the list of them."""

    text: str
    href: str


def unsure(visit: Visit, path: str, query: Filter) -> Unsure | None:
    """Return the reading calls of which nobody can tell; None when there are none, or no video is asked for."""
    footage = query.values("footage")
    if not footage:
        return None
    asked = with_values(with_values(query, "footage", Verb.IS, []), "footage_maybe", Verb.IS, footage)
    try:
        with at_most(visit.connection, TIMEOUT_S):
            count = rollups.counted_up_to(visit.connection, visit.scope, asked, MOST)
    except TooSlow:
        text = f"More reading calls of this range {_UNTOLD}, for not every record tells; they take too long to count."
        return Unsure(text, url(path, asked))
    return Unsure(_text(count), url(path, asked)) if count else None


def _text(count: int) -> str:
    number = f"{MOST:,} or more other reading calls" if count >= MOST else filters.plural(count, "other reading call")
    return f"{number} of this range {_UNTOLD}: {'its record does' if count == 1 else 'their records do'} not tell."
