"""`kvswatch migrate`."""

from app import config
from app.cli._command import Command
from app.cli._database import bring_up_to_date, database_url


def migrate() -> None:
    """Run the migrations that the database lacks."""
    with database_url(config.load()) as url:
        bring_up_to_date(url, may_migrate=True)


COMMAND = Command("Bring the database to the schema of this release.", migrate)
