"""What of an address is kept when a view gets a name: the list and its canonical filter, without place and drawer."""

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from app.core.errors import InvalidInput
from app.core.query.filter import first_page, parse, query_string
from app.core.query.listing import LISTINGS

PATHS = frozenset({"/events", "/findings", "/matrix", "/accounts", "/streams", "/principals", "/coverage"})
"""The lists that have a page of their name."""
LONGEST_NAME = 100


def view_of(address: str, now: datetime) -> tuple[str, str]:
    """Return path and query string of the view at `address`; a relative range stays relative.

    Raises:
        InvalidInput: it is no list of ours, or its filter was not understood: another view would be kept.
    """
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or parts.path not in PATHS:
        raise InvalidInput("only the view of a list can be saved")
    asked = parse(parse_qsl(parts.query, keep_blank_values=True), LISTINGS[parts.path[1:]], now)
    if asked.problems:
        raise InvalidInput(f"the view is not saved: {'; '.join(map(str, asked.problems))}")
    return parts.path, query_string(first_page(asked.filter))


def view_name(text: str) -> str:
    """Return the name that is kept.

    Raises:
        InvalidInput: it is empty, too long, or has characters that cannot be seen.
    """
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInput(f"a view needs a name of at most {LONGEST_NAME} characters")
    if not name.isprintable():
        raise InvalidInput("the name of a view has characters that cannot be seen")
    return name
