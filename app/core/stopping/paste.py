"""Text to paste into a shell. Names come from logs and are hostile: each is quoted, or nothing is offered at all."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from app.core.errors import InvalidInput
from app.core.rules.fix import FixText


def word(value: str) -> str:
    """Return a value as one word of a shell.

    Raises:
        InvalidInput: it holds characters that act in a terminal before any shell reads them. IAM allows none of them.
    """
    if not value.isprintable():
        raise InvalidInput("a name holds characters that no name in IAM can have, so no command is offered")
    quoted = shlex.quote(value)
    # zsh takes a bare =name for the path of that command.
    return f"'{value}'" if quoted.startswith("=") else quoted


def option(name: str, value: str) -> str:
    """Return an option with its value, joined where the value would be taken for an option: IAM's names may begin so.

    Raises:
        InvalidInput: as of `word`.
    """
    return f"--{name}{'=' if value.startswith('-') else ' '}{word(value)}"


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def document(policy_: Mapping[str, Any]) -> str:
    """Return a policy as a word of a shell, on one line; all that is not ASCII is escaped as JSON does."""
    return word(json.dumps(policy_))


def shown(title: str, policy_: Mapping[str, Any], yours: tuple[tuple[str, str], ...] = ()) -> FixText:
    """Return a policy to read or to paste into the console."""
    return FixText(title, json.dumps(policy_, indent=2), yours)


def literal(value: str) -> str:
    """Return text that stands for itself in StringLike and ArnLike, where * and ? match and ${ begins a variable.

    Source: IAM User Guide, "IAM policy elements: Variables and tags": ${*}, ${?} and ${$}.
    """
    return "".join(f"${{{mark}}}" if mark in "*?$" else mark for mark in value)
