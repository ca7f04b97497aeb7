"""Filters as the address of a page asks them."""

from urllib.parse import parse_qsl

from app.core.query.filter import Filter, parse
from app.core.query.listing import MATRIX, Listing
from tests.builders.accounts import NOW


def asked(question: str = "", listing: Listing = MATRIX) -> Filter:
    """Return the filter of a query string, which must be without fault."""
    answer = parse(parse_qsl(question), listing, NOW)
    assert answer.problems == ()
    return answer.filter
