"""`kvswatch run`: everything on one machine."""

import structlog
from sqlalchemy import Engine

from app import clock, config
from app.cli._command import Command
from app.cli._database import bring_up_to_date, database_url
from app.cli._processes import Children, until_told
from app.cli.web import Host, Port, listener, require_loopback
from app.config import Settings
from app.core.model.scope import EVERYTHING
from app.db.engine import APP, create_engine
from app.db.queries import accounts
from app.services.watch_accounts import watch_accounts
from app.worker.handlers import wanted_of

HOW_TO_ADD = """\
no account is configured yet. Either
  - set KVSWATCH_ROLE_ARN to the role in the organization's management account (kvswatch onboard writes it), or
  - list accounts in accounts.toml and set KVSWATCH_ACCOUNTS_FILE (docs/accounts.md shows one), or
  - add one: kvswatch onboard --account 111122223333 --role-arn arn:aws:iam::111122223333:role/kvswatch-member
The pages are served meanwhile, and say so."""
log = structlog.get_logger()


def run(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run database, worker and web server until SIGTERM or SIGINT; what falls is started again."""
    require_loopback(host)
    listener(host, port).close()
    settings = config.load()
    with until_told(), database_url(settings) as url:
        bring_up_to_date(url, may_migrate=True)
        engine = create_engine(url, role=APP)
        add_accounts(engine, settings)
        engine.dispose()
        environment = {"KVSWATCH_DATABASE_URL": url}
        children = Children()
        try:
            children.start("worker", ["app", "worker"], environment)
            children.start("web", ["app", "web", "--host", host, "--port", str(port)], environment)
            log.info("serving", url=f"http://{host}:{port}")
            children.watch()
        finally:
            children.stop()


def add_accounts(engine: Engine, settings: Settings) -> None:
    """Store the accounts that the settings name, or say how to name one."""
    with engine.begin() as connection:
        watch_accounts(connection, wanted_of(settings), clock.now())
        if not accounts.accounts(connection, EVERYTHING):
            log.warning(HOW_TO_ADD)


COMMAND = Command("Run everything on this machine: database, worker, web server.", run)
