"""`kvswatch audit …`."""

import sys

import typer

from app import config
from app.cli._command import Command
from app.cli._database import app_engine
from app.core.audit import breaks
from app.db.queries.audit import entries

cli = typer.Typer(no_args_is_help=True)


@cli.callback()
def _group() -> None:
    """Keep `verify` a sub-command, though it is the only one so far."""


@cli.command()
def verify() -> None:
    """Check the chain of the audit log; exit 1 when it does not hold, naming each break."""
    with app_engine(config.load()) as engine, engine.connect() as connection:
        log = list(entries(connection))
    found = list(breaks(log))
    for each in found:
        print(f"entry {each.id} {each.what}")
    if found:
        raise typer.Exit(1)
    last = log[-1].hash.hex() if log else "none"
    sys.stderr.write("Note the last hash elsewhere: entries cut off at the end leave no other trace.\n")
    print(f"{len(log)} entries, the chain holds; last hash {last}")


COMMAND = Command("Check the log of what people changed.", cli)
