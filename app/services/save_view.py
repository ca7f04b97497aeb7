"""What people do with views: give one a name, drop it. Each leaves its entry in the audit log."""

from datetime import datetime

from sqlalchemy import Engine

from app.core.errors import InvalidInput
from app.core.query.saved import view_name, view_of
from app.db.queries import audit, saved_views


def save_view(engine: Engine, name: str, address: str, *, by: str, now: datetime) -> str:
    """Keep the view at `address` under `name`, in the place of the one that had it, and return its address.

    Raises:
        InvalidInput: the name or the view cannot be kept, or there are too many.
    """
    name, (path, query) = view_name(name), view_of(address, now)
    with engine.begin() as connection:
        kept = {view.name for view in saved_views.saved_views(connection, by)}
        if len(kept) >= saved_views.MOST and name not in kept:
            raise InvalidInput(f"there are {saved_views.MOST} saved views, which is as many as there may be: drop one")
        number = saved_views.store_view(connection, by, name, path, query, now)
        detail = {"name": name, "path": path, "query": query}
        audit.append(connection, actor=by, action="view.save", subject=f"view:{number}", detail=detail, now=now)
    return f"{path}?{query}" if query else path


def drop_view(engine: Engine, number: int, *, by: str, now: datetime) -> None:
    """Drop a view.

    Raises:
        InvalidInput: `by` has none such.
    """
    with engine.begin() as connection:
        gone = saved_views.drop_view(connection, by, number)
        if gone is None:
            raise InvalidInput("there is no such view: it may have been dropped already")
        detail = {"name": gone.name, "path": gone.path, "query": gone.query}
        audit.append(connection, actor=by, action="view.drop", subject=f"view:{number}", detail=detail, now=now)
