"""`kvswatch poll`."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar
from sqlalchemy import Engine

from app import clock, config
from app.cli._account import account_option
from app.cli._command import Command
from app.cli._database import app_engine
from app.cli.worker import aws_settings
from app.core.arn import account_text
from app.core.errors import InvalidInput
from app.core.model.account import Account
from app.core.model.feed import Progress
from app.core.model.scope import EVERYTHING
from app.db.queries import accounts
from app.services.evaluate_rules import evaluate
from app.services.poll_account import PollResult
from app.services.poll_account import poll as poll_account


def poll(account: Annotated[str, typer.Option(help="The account's 12 digits.")]) -> None:
    """Read one account now, and judge it; exit 1 when a part could not be seen, naming each."""
    settings = config.load()
    with app_engine(settings) as engine:
        watched = watched_account(engine, account)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
        with Bar(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("polling", total=None)

            def show(call: str, progress: Progress | None) -> None:
                bar.update(task, description=call)
                if progress is not None and progress.unit == "parts":
                    bar.update(task, completed=progress.done, total=progress.total)

            aws = aws_settings(engine, settings)
            result = poll_account(engine, watched, aws=aws, clock=clock.now, report=show)
        evaluate(engine, watched.id, now=clock.now())
    _print(result)
    if result.unseen:
        raise typer.Exit(1)


def watched_account(engine: Engine, text: str) -> Account:
    """Return the account of 12 digits.

    Raises:
        InvalidInput: it is none, or not watched; the message names those that are.
    """
    with engine.connect() as connection:
        watched = accounts.account(connection, EVERYTHING, account_option(text))
        known = accounts.accounts(connection, EVERYTHING)
    if watched is None:
        names = ", ".join(account_text(one.id) for one in known) or "none yet; kvswatch onboard adds one"
        raise InvalidInput(f"account {text} is not watched; watched are {names}")
    return watched


def _print(result: PollResult) -> None:
    seen = sum(len(one.parts) for one in result.collected) - len(result.unseen)
    print(f"{seen} parts seen, {len(result.unseen)} unseen")
    for region, part in result.unseen:
        print(f"{part.state:<12} {part.name} {region or 'global'}: {part.message}")


COMMAND = Command("Read one account now.", poll)
