"""`kvswatch worker`."""

import threading

from sqlalchemy import Engine

from app import clock, config
from app.aws.session import AwsSettings
from app.cli._command import Command
from app.cli._database import app_engine
from app.cli._processes import until_told
from app.config import Settings
from app.core.model.feed import LISTENING
from app.services.collected_seldom import collected_seldom
from app.services.watch_accounts import BACKGROUND, plan_retention, this_install, watch_accounts
from app.worker.handlers import handlers, wanted_of
from app.worker.loop import Worker


def worker() -> None:
    """Claim due feeds and run them until SIGTERM or SIGINT."""
    settings = config.load()
    with until_told(), collected_seldom(), app_engine(settings) as engine:
        with engine.begin() as connection:
            plan_retention(connection, clock.now())
            # Where web and worker are on machines of their own, nobody else reads what the settings name.
            watch_accounts(connection, wanted_of(settings), clock.now())
        worker = Worker(
            engine,
            handlers(settings, aws_settings(engine, settings)),
            clock=clock.now,
            threads=settings.workers,
            lease_s=settings.lease_seconds,
            background=BACKGROUND,
            listening=LISTENING,
        )
        try:
            worker.start()
            threading.Event().wait()
        finally:
            worker.stop()


def aws_settings(engine: Engine, settings: Settings) -> AwsSettings:
    """Return how this installation calls AWS."""
    with engine.begin() as connection:
        install = this_install(connection, clock.now())
    return AwsSettings(
        install_id=install.id, endpoint_url=settings.aws_endpoint_url, max_file_bytes=settings.max_file_mb << 20
    )


COMMAND = Command("Run a worker: poll accounts, read CloudTrail files, evaluate.", worker)
