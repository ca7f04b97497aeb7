"""`kvswatch doctor`."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from sqlalchemy import Engine

from app import clock, config
from app.cli._account import account_option
from app.cli._command import Command
from app.cli._database import app_engine
from app.cli.worker import aws_settings
from app.config import Settings
from app.core.arn import account_text
from app.core.errors import InvalidInput, KvswatchError
from app.core.health import Check, Health
from app.core.model.account import Account
from app.services.check_access import Report, check_own_identity
from app.services.check_assumptions import check_assumptions
from app.services.check_health import (
    accounts_to_check,
    check_accounts,
    check_database,
    check_logs,
    check_retention,
    check_worker,
)
from app.services.check_settings import check_settings
from app.worker.handlers import wanted_of

Number = Annotated[str | None, typer.Option(help="Only this account (12 digits), beside what all have in common.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a check.")]


def doctor(*, account: Number = None, as_json: Json = False) -> None:
    """Check settings, database, worker, assumptions, credentials, and each account's role, permissions, logs, feeds.

    Each permission is tried by a real, harmless call, and each role also without its external ID and with a wrong
    one, which must be refused. One line a check: ok, fails, or cannot tell; exit 1 when one fails.
    """
    wanted = None if account is None else account_option(account)
    counts: Counter[Health] = Counter()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"))
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("reaching the database", total=None)

        def report(call: str, region: str) -> None:
            bar.update(task, description=f"{call} {region}".strip())

        for check in _checks(config.load(), wanted, report):
            counts[check.health] += 1
            bar.update(task, advance=1)
            print(json.dumps(asdict(check)) if as_json else _line(check), flush=True)
    summary = ", ".join(f"{counts[health]} {health}" for health in Health)
    sys.stderr.write(f"{summary}\n")
    if counts[Health.FAILS]:
        raise typer.Exit(1)


def _checks(settings: Settings, wanted: int | None, report: Report) -> Iterator[Check]:
    yield from check_settings(settings, config.unknown_settings())
    with ExitStack() as stack:
        try:
            engine = stack.enter_context(app_engine(settings))
        except KvswatchError as error:
            yield Check("database", "connection", Health.FAILS, str(error), "nothing else can be checked without it")
            return
        database = list(check_database(engine, clock.now))
        yield from database
        if database[0].health is Health.OK:
            yield from _checks_of_the_rest(engine, settings, wanted, report)


def _checks_of_the_rest(engine: Engine, settings: Settings, wanted: int | None, report: Report) -> Iterator[Check]:
    yield check_worker(engine, clock.now(), settings.lease_seconds)
    yield from check_retention(engine, clock.now())
    yield from check_assumptions(engine)
    aws = aws_settings(engine, settings)
    yield from check_own_identity(engine, aws, (*settings.regions, "us-east-1")[0], report)
    watched = accounts_to_check(engine, wanted_of(settings), clock.now())
    yield check_logs(watched)
    for looked in check_accounts(engine, _chosen(watched, wanted), aws, clock.now, report):
        yield from looked.checks


def _chosen(watched: tuple[Account, ...], wanted: int | None) -> tuple[Account, ...]:
    if wanted is None:
        return watched
    chosen = tuple(account for account in watched if account.id == wanted)
    if not chosen:
        names = ", ".join(account_text(account.id) for account in watched) or "none yet; kvswatch onboard adds one"
        raise InvalidInput(f"account {account_text(wanted)} is not watched; watched are {names}")
    return chosen


def _line(check: Check) -> str:
    """Return one line: messages quote AWS and settings, which may hold anything."""
    todo = f" -> {check.todo}" if check.todo else ""
    text = f"{check.health:<11}  {check.about:<12}  {check.name}: {check.message}{todo}"
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.splitlines()))


COMMAND = Command("Check each setting, role, permission and source, and name what is missing.", doctor)
