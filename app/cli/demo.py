"""`kvswatch demo`: the real kvswatch over an emulated AWS organization."""

import os
import shlex
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app import clock, config
from app.cli._command import Command
from app.cli._database import bring_up_to_date, database_url
from app.cli._demo_home import demo_home
from app.cli._processes import Children, until_told
from app.cli.web import Port, listener
from app.config import Settings
from app.core.aliases_file import parse
from app.core.errors import KvswatchError
from app.db.engine import APP, create_engine
from app.db.errors import is_passing
from app.demo.settings import ALIASES, demo_environment, demo_settings
from app.services.import_aliases import import_aliases
from app.services.readiness import FirstReading
from app.services.watch_accounts import watch_accounts
from app.worker.handlers import wanted_of

HOST = "127.0.0.1"
LONGEST_START_S = 600
log = structlog.get_logger()


def demo(
    port: Port = 8000,
    *,
    small: Annotated[bool, typer.Option(help="A small organization: two accounts, two days.")] = False,
) -> None:
    """Serve an emulated organization, polled for real; print `ready URL` when every page has data."""
    listener(HOST, port).close()
    with until_told(), demo_home() as home:
        emulator_port = _free_port()
        settings = demo_settings(home, emulator_port, small=small)
        children = Children(base=without_own_settings(os.environ))
        try:
            # It takes as long to come up as the database: side by side.
            children.start("aws", ["app.demo", "--port", str(emulator_port), *(["--small"] if small else [])], {})
            with database_url(settings) as url:
                try:
                    _start(children, settings, url, emulator_port, port, home)
                    children.watch()
                finally:
                    # Before the database goes: what is under way is finished.
                    children.stop()
        finally:
            children.stop()


def _start(children: Children, settings: Settings, url: str, emulator_port: int, port: int, home: Path) -> None:
    """Bring everything up, then print the line that people and scripts wait for."""
    bring_up_to_date(url, may_migrate=True)
    engine = create_engine(url, role=APP, pool_size=2)
    with engine.begin() as connection:
        watch_accounts(connection, wanted_of(settings), clock.now())
        import_aliases(connection, parse((home / ALIASES).read_text()), actor="demo", now=clock.now())
    environment = demo_environment(home, emulator_port) | {"KVSWATCH_DATABASE_URL": url}
    children.start("web", ["app", "web", "--port", str(port), "--demo"], environment)
    _await_listener(children, emulator_port)
    children.start("worker", ["app", "worker"], environment)
    _await_data(children, engine)
    engine.dispose()
    sys.stderr.write(f"In another shell, for the command line over this database:\n  {export_line(url)}\n")
    print(f"ready http://{HOST}:{port}", flush=True)


def export_line(url: str) -> str:
    """Return what points the commands of a shell at the demo's database, as long as the demo runs."""
    return f"export {config.PREFIX}DATABASE_URL={shlex.quote(url)}"


def without_own_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` without what leads away from the emulator: our settings, AWS's, a proxy for loopback."""
    kept = {name: value for name, value in environment.items() if not name.startswith((config.PREFIX, "AWS_"))}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return kept | nowhere | {"NO_PROXY": HOST, "no_proxy": HOST}


def _free_port() -> int:
    with listener(HOST, 0) as sock:
        return int(sock.getsockname()[1])


def _await_listener(children: Children, port: int) -> None:
    deadline = time.monotonic() + LONGEST_START_S
    while time.monotonic() < deadline:
        children.mend()
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise KvswatchError("the emulated organization did not come up; its own messages are above")


def _await_data(children: Children, engine: Engine) -> None:
    """Show a progress bar on stderr until every page has data."""
    deadline = time.monotonic() + LONGEST_START_S
    reading = FirstReading()
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("reading the organization", total=None)
        while time.monotonic() < deadline:
            children.mend()
            try:
                state = reading.look(engine)
            except DBAPIError as error:
                if not is_passing(error):
                    raise
                time.sleep(0.25)  # it is being started again
                continue
            bar.update(task, completed=state.done, total=state.total or None, description=_doing(state.waiting))
            if state.is_ready:
                return
            time.sleep(0.25)
    raise KvswatchError(f"no data after {LONGEST_START_S} s; the messages above may say why")


def _doing(waiting: tuple[str, ...]) -> str:
    return f"reading {waiting[0]}" if waiting else "reading the organization"


COMMAND = Command("Run everything over an emulated AWS organization.", demo)
