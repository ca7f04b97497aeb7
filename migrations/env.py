"""Alembic's environment: one transaction a migration, under an advisory lock, with a lock timeout."""

from alembic import context
from sqlalchemy import Connection, text

from app.db.tables import metadata

# Any fixed number: two machines that start at once must not migrate at once.
ADVISORY_LOCK = 7_230_417_002


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether autogenerate should look at it: partitions belong to `app.db.partitions`."""
    return kind != "table" or name in metadata.tables


def run(connection: Connection) -> None:
    """Migrate over `connection`, which `app.db.migrate` hands in."""
    # Waited for as long as it takes: a table of years takes minutes. Of tables that others read it may not take long.
    connection.execute(text("set lock_timeout = 0"))
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
    connection.execute(text("set lock_timeout = '5s'"))
    connection.commit()
    try:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_name=is_ours,
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.execute(text("select pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()


run(context.config.attributes["connection"])
