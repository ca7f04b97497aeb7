"""The saved views of one list, the address under which this one would be kept, and how else to take it along."""

from dataclasses import dataclass

from app.core.query.filter import Filter, first_page, url
from app.core.query.listing import EVENTS
from app.db.queries.saved_views import SavedView, saved_views
from app.web.copies import Copy, links
from app.web.visit import Visit


@dataclass(frozen=True, slots=True)
class OwnViews:
    """What templates/partials/_views.html prints. `copies` take the list along; that of calls has more of them."""

    here: str
    views: tuple[SavedView, ...]
    copies: tuple[Copy, ...]


def own_views(visit: Visit, path: str, query: Filter) -> OwnViews:
    """Return the user's views of the list at `path`."""
    kept = saved_views(visit.connection, visit.user.name)
    copies = () if query.listing is EVENTS else links(visit, path, query)
    return OwnViews(url(path, first_page(query)), tuple(one for one in kept if one.path == path), copies)
