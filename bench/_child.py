"""One measurement as a process of its own begins it."""

import importlib
from typing import Any

from app import logs


def measure(name: str, *, quick: bool) -> dict[str, Any]:
    """Return what the measurement found. stdout is for results: logs go to stderr."""
    logs.configure("warning")
    result: dict[str, Any] = importlib.import_module(f"bench.{name}").run(quick=quick)
    return result
