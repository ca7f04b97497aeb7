"""What the database says of itself: its version, its clock, and what its three roles may do."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.db.sql import text


@dataclass(frozen=True, slots=True)
class DatabaseRole:
    """One of the roles that kvswatch works under, as the login may use it."""

    name: str
    is_there: bool
    can_be_put_on: bool
    is_superuser: bool
    may_write: bool
    may_create: bool


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """`version` as Postgres counts it: 180001 is 18.1. `now` is the server's clock."""

    version: int
    login: str
    now: datetime
    roles: tuple[DatabaseRole, ...]


def database_facts(connection: Connection) -> DatabaseFacts:
    """Return what the server says; the rights are those on calls and on the schema that holds them."""
    row = connection.execute(
        text("""select cast(current_setting('server_version_num') as integer) as version, session_user as login,
                  clock_timestamp() as now""")
    ).one()
    roles = connection.execute(
        text("""select wanted.name, r.rolname is not null as is_there,
                  coalesce(pg_has_role(session_user, r.oid, 'MEMBER'), false) as can_be_put_on,
                  coalesce(r.rolsuper, false) as is_superuser,
                  coalesce(has_table_privilege(r.oid, 'event', 'INSERT'), false) as may_write,
                  coalesce(has_schema_privilege(r.oid, current_schema(), 'CREATE'), false) as may_create
                from unnest(array['kvswatch_owner', 'kvswatch_app', 'kvswatch_read']) as wanted (name)
                left join pg_roles r on r.rolname = wanted.name order by wanted.name""")
    ).mappings()
    return DatabaseFacts(row.version, row.login, row.now, tuple(DatabaseRole(**role) for role in roles))
