"""What a file of this folder must define: its COMMAND."""

from collections.abc import Callable
from dataclasses import dataclass

import typer


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its help line and its function, or a Typer of sub-commands. Its name is the file's."""

    help: str
    body: Callable[..., None] | typer.Typer
