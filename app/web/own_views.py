"""The saved views of one list, and the address under which this one would be kept."""

from dataclasses import dataclass

from app.core.query.filter import Filter, first_page, url
from app.db.queries.saved_views import SavedView, saved_views
from app.web.visit import Visit


@dataclass(frozen=True, slots=True)
class OwnViews:
    """What templates/partials/_views.html prints."""

    here: str
    views: tuple[SavedView, ...]


def own_views(visit: Visit, path: str, query: Filter) -> OwnViews:
    """Return the user's views of the list at `path`."""
    kept = saved_views(visit.connection, visit.user.name)
    return OwnViews(url(path, first_page(query)), tuple(one for one in kept if one.path == path))
