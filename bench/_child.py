"""One measurement as a process of its own begins it."""

import importlib
from typing import Any


def measure(name: str, *, quick: bool) -> dict[str, Any]:
    """Return what the measurement found."""
    result: dict[str, Any] = importlib.import_module(f"bench.{name}").run(quick=quick)
    return result
