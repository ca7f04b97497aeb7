"""Views that people gave a name, each its owner's."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.db.sql import text

MOST = 200
"""Views of one person."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """One view: the page and its query string, which may be empty."""

    id: int
    name: str
    path: str
    query: str
    created_at: datetime

    @property
    def address(self) -> str:
        """Where it is."""
        return f"{self.path}?{self.query}" if self.query else self.path


def saved_views(connection: Connection, owner: str) -> tuple[SavedView, ...]:
    """Return the views of a person, by name."""
    rows = connection.execute(
        text("""select id, name, path, query, created_at from saved_view
                where owner = :owner order by lower(name), id limit :most"""),
        {"owner": owner, "most": MOST},
    ).mappings()
    return tuple(SavedView(**row) for row in rows)


def store_view(connection: Connection, owner: str, name: str, path: str, query: str, now: datetime) -> int:
    """Keep a view under its name, in the place of the one that had it, and return its number."""
    made = connection.execute(
        text("""insert into saved_view (owner, name, path, query, created_at)
                values (:owner, :name, :path, :query, :now)
                on conflict (owner, name) do update
                set path = excluded.path, query = excluded.query, created_at = excluded.created_at
                returning id"""),
        {"owner": owner, "name": name, "path": path, "query": query, "now": now},
    )
    return int(made.scalar_one())


def drop_view(connection: Connection, owner: str, number: int) -> SavedView | None:
    """Drop a view of a person and return it; None when there is none such."""
    row = (
        connection.execute(
            text("""delete from saved_view where owner = :owner and id = :id
                    returning id, name, path, query, created_at"""),
            {"owner": owner, "id": number},
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else SavedView(**row)
