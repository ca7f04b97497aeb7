"""`make bench` and `make bench-quick`: run every measurement, write bench/results.json, assert the ratios when quick.

Absolute times of a shared machine say little; what is asserted are ratios within one run, with 20 % slack.
"""

import argparse
import importlib
import json
import os
import pkgutil
import platform
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import bench
from bench._child import measure

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"


def main() -> None:
    """Run the measurements of this folder, or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sets; exit 1 when a ratio is below its bar")
    parser.add_argument("names", nargs="*", help="only these measurements")
    options = parser.parse_args()
    results = {name: measured(name, quick=options.quick) for name in options.names or names()}
    text = json.dumps({**surroundings(quick=options.quick), "results": results}, indent=2)
    if not (options.quick or options.names):
        RESULTS.write_text(text + "\n")
    print(text)
    missed = {name: result["missed"] for name, result in results.items() if result.get("missed")}
    if missed:
        sys.exit(f"below the bar: {json.dumps(missed)}")


def names() -> list[str]:
    """Return the measurements of this folder: its modules that have a `run`."""
    found = sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_"))
    return [name for name in found if hasattr(importlib.import_module(f"bench.{name}"), "run")]


def measured(name: str, *, quick: bool) -> dict[str, Any]:
    """Return what one measurement found; `missed` names the figures below their bars.

    Each has a process of its own: the peak of memory is that of a process, and none pays for the one before it.
    """
    sys.stderr.write(f"bench {name}\n")
    started = time.monotonic()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        result = pool.submit(measure, name, quick=quick).result()
    return {**result, "took_s": round(time.monotonic() - started, 1)}


def surroundings(*, quick: bool) -> dict[str, Any]:
    """Return what a reader needs to judge the figures: command, commit, machine, load."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "command": "make bench-quick" if quick else "make bench",
        "commit": commit.stdout.strip(),
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.platform(),
            "load": round(os.getloadavg()[0], 1),
        },
    }


if __name__ == "__main__":
    main()
