"""`kvswatch demo`: the real kvswatch over an emulated AWS organization."""

import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from app import clock, config
from app.cli._command import Command
from app.cli._database import bring_up_to_date, database_url
from app.cli._processes import Children
from app.cli.run import watch_until_told
from app.cli.web import Port
from app.config import Settings
from app.core.errors import KvswatchError
from app.db.engine import APP, create_engine
from app.demo.settings import demo_environment, demo_settings
from app.services.readiness import FirstReading
from app.services.watch_accounts import watch_accounts
from app.worker.handlers import wanted_of

LONGEST_START_S = 600
log = structlog.get_logger()


def demo(
    port: Port = 8000,
    *,
    small: Annotated[bool, typer.Option(help="A small organization: two accounts, two days.")] = False,
) -> None:
    """Serve an emulated organization, polled for real; print `ready URL` when every page has data."""
    with _home() as home:
        children = Children()
        emulator_port = _free_port()
        children.start("aws", ["app.demo", "--port", str(emulator_port), *(["--small"] if small else [])], {})
        settings = demo_settings(home, emulator_port, small=small)
        try:
            with database_url(settings) as url:
                _start(children, settings, url, emulator_port, port, home)
                watch_until_told(children)
        finally:
            children.stop()


def _start(children: Children, settings: Settings, url: str, emulator_port: int, port: int, home: Path) -> None:
    """Bring everything up, then print the line that people and scripts wait for."""
    bring_up_to_date(url, may_migrate=True)
    engine = create_engine(url, role=APP, pool_size=2)
    with engine.begin() as connection:
        watch_accounts(connection, wanted_of(settings), clock.now())
    environment = demo_environment(home, emulator_port) | {"KVSWATCH_DATABASE_URL": url}
    children.start("web", ["app", "web", "--port", str(port), "--demo"], environment)
    _await_listener(children, emulator_port)
    children.start("worker", ["app", "worker"], environment)
    _await_data(children, engine)
    engine.dispose()
    print(f"ready http://127.0.0.1:{port}", flush=True)


@contextmanager
def _home() -> Iterator[Path]:
    """Yield the demo's folder: KVSWATCH_DATA_DIR when it is set, else one that goes with the demo."""
    if "data_dir" in config.load().model_fields_set:
        home = config.load().data_dir / "demo"
        home.mkdir(parents=True, exist_ok=True)
        yield home
        return
    home = Path(tempfile.mkdtemp(prefix="kvswatch-demo-"))
    # The database's own user passes through it to its data folder, which is closed to all others.
    home.chmod(0o711)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await_listener(children: Children, port: int) -> None:
    deadline = time.monotonic() + LONGEST_START_S
    while time.monotonic() < deadline:
        _require_alive(children)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
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
            _require_alive(children)
            state = reading.look(engine)
            bar.update(task, completed=state.done, total=state.total or None, description=_doing(state.waiting))
            if state.is_ready:
                return
            time.sleep(0.25)
    raise KvswatchError(f"no data after {LONGEST_START_S} s; still waiting for {', '.join(state.waiting)}")


def _doing(waiting: tuple[str, ...]) -> str:
    return f"reading {waiting[0]}" if waiting else "reading the organization"


def _require_alive(children: Children) -> None:
    fallen = children.fallen()
    if fallen is not None:
        raise KvswatchError(f"{fallen} ended before the demo was ready; its own messages are above")


COMMAND = Command("Run everything over an emulated AWS organization.", demo)
