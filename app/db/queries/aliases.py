"""What people call their cameras."""

from collections.abc import Iterable

from sqlalchemy import Connection

from app.core.model.alias import Alias
from app.core.model.scope import Scope
from app.db.queries.shell import scope_filter
from app.db.sql import text


def store_aliases(connection: Connection, aliases: Iterable[Alias]) -> None:
    """Let these be all aliases that there are."""
    connection.execute(text("delete from stream_alias"))
    rows = [
        {
            "account_id": one.account_id,
            "region": one.region,
            "kind": one.kind.value,
            "name": one.name,
            "camera": one.camera,
            "site": one.site,
            "owner": one.owner,
        }
        for one in aliases
    ]
    if rows:
        connection.execute(
            text("""insert into stream_alias (account_id, region, kind, name, camera, site, owner)
                    values (:account_id, :region, :kind, :name, :camera, :site, :owner)"""),
            rows,
        )


def unmatched(connection: Connection, scope: Scope) -> tuple[str, ...]:
    """Return the names of aliases of no stream or channel known so far: a misspelling, or one still to come."""
    condition, values = scope_filter(scope, "a.account_id")
    rows = connection.execute(
        text(f"""select a.name from stream_alias a where {condition} and not exists (
                   select from stream s where s.account_id = a.account_id and s.region = a.region
                     and s.kind = a.kind and s.name = a.name)
                 order by a.account_id, a.region, a.name"""),
        values,
    )
    return tuple(rows.scalars())
