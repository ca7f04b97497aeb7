"""Bring a database to the schema of this release, or tell how far it is from it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from app.core.errors import KvswatchError

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"


class SchemaMismatch(KvswatchError):
    """The database's schema is not the one that this release works with."""


def migrate(engine: Engine, to: str = "head") -> None:
    """Run every migration that `engine`'s database lacks, up to a revision; safe beside others that do the same.

    Raises:
        SchemaMismatch: a newer release made the schema.
    """
    with engine.connect() as connection:
        config = _config(connection)
        found = MigrationContext.configure(connection).get_current_revision()
        scripts = ScriptDirectory.from_config(config)
        if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
            raise _mismatch(found, scripts.get_current_head())
        command.upgrade(config, to)


def require_current_schema(engine: Engine) -> None:
    """Return when the schema is this release's.

    Raises:
        SchemaMismatch: naming both revisions and the command that mends it.
    """
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        wanted = ScriptDirectory.from_config(_config(connection)).get_current_head()
    if found is None:
        raise SchemaMismatch("the database has no kvswatch schema: run `kvswatch migrate`")
    if found != wanted:
        raise _mismatch(found, wanted)


def _mismatch(found: str, wanted: str | None) -> SchemaMismatch:
    return SchemaMismatch(
        f"the database is at schema {found}, this release needs {wanted}: "
        "run `kvswatch migrate`, or the release that made the newer schema"
    )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config
