"""The locks: every package pinned, every file hashed, no address of where they come from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^([a-z0-9.-]+)==(\S+) \\$", (ROOT / lock).read_text()))


def wanted(source: str) -> set[str]:
    """Return the names in an .in file, without extras and bounds."""
    lines = (ROOT / source).read_text().splitlines()
    return {re.split(r"[\[<>=]", line)[0].lower() for line in lines if line and line[0] not in "#-"}


@pytest.mark.parametrize("lock", LOCKS)
def test_it_names_no_index_and_no_place(lock: str):
    lines = [line for line in (ROOT / lock).read_text().splitlines() if line and not line.startswith("#")]
    odd = [
        line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==\S+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line)
    ]

    assert odd == []
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_it_holds_hashes_for_every_pin(lock: str):
    blocks = re.split(r"(?m)^(?=[a-z])", (ROOT / lock).read_text())[1:]

    assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_what_is_tested_is_what_runs():
    development = pins("requirements-dev.txt")

    assert {name: development.get(name) for name in pins("requirements.txt")} == pins("requirements.txt")


@pytest.mark.parametrize("lock", LOCKS)
def test_it_is_as_new_as_what_is_asked_for(lock: str):
    assert wanted(lock.replace(".txt", ".in")) - set(pins(lock)) == set()
