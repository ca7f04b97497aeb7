"""Nothing in the repository says where packages come from: that is the installer's setting."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Letters in brackets, so that this file does not match itself.
REGISTRY = re.compile(
    r"py[p]i\.org|python[h]osted\.org|npm[j]s\.(org|com)|registry\.n[p]m|debian\.[o]rg|--(extra-)?index-[u]rl"
)


def test_no_file_names_a_package_registry():
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in names.split("\0") if name]
    found = [path.relative_to(ROOT).as_posix() for path in files if path.is_file() and REGISTRY.search(text_of(path))]

    assert found == []


def text_of(path: Path) -> str:
    return path.read_text(errors="replace")
