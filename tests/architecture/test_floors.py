"""Who may import whom is held by import-linter: pyproject.toml names the floors."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_import_goes_downwards():
    done = subprocess.run(["tools/floors"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
