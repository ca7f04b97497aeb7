"""`kvswatch aliases`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app import clock, config
from app.cli._command import Command
from app.cli._database import app_engine
from app.core.aliases_file import parse
from app.core.errors import InvalidInput
from app.services.import_aliases import import_aliases
from app.services.watch_accounts import ACTOR

MOST_NAMED = 10


def aliases(
    file: Annotated[Path, typer.Argument(help="CSV with the columns stream (its ARN), camera, site, owner.")],
) -> None:
    """Name cameras as their people do. The file replaces all aliases of before; one with its head alone ends them."""
    try:
        found = parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"aliases file {file}: {error}") from error
    with app_engine(config.load()) as engine, engine.begin() as connection:
        unknown = import_aliases(connection, found, actor=ACTOR, now=clock.now())
    if unknown:
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        named = ", ".join(repr(name) for name in unknown[:MOST_NAMED])
        sys.stderr.write(f"Of no stream or channel known so far: {named}{more}\n")
    print(f"{len(found)} aliases")


COMMAND = Command("Name cameras as their people do, from a CSV file.", aliases)
