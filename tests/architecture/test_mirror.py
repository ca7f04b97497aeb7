"""tests/ mirrors app/: whoever changes a module finds its tests without searching."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APP, TESTS = ROOT / "app", ROOT / "tests"

# What needs no tests of its own, and why. Modules without a function need none anyway.
EXCEPTED = {
    "core/model/": "nouns: what they compute is tested where it is used",
    "db/tables/": "definitions: the migration's test compares them with the database",
}
# What has no module of its own under app/.
NOT_MIRRORED = ("answers", "architecture", "browser", "builders", "cases", "migrations", "soak", "tools")


def has_behaviour(module: Path) -> bool:
    tree = ast.parse(module.read_text())
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(tree))


def is_excepted(module: Path) -> bool:
    return module.relative_to(APP).as_posix().startswith(tuple(EXCEPTED))


def mirror_of(module: Path) -> Path:
    """tests/core/iam/test_parse.py for app/core/iam/parse.py; tests/core/test_iam.py for app/core/iam/__init__.py."""
    place = module.relative_to(APP)
    if place.name == "__init__.py":
        return TESTS / place.parent.parent / f"test_{place.parent.name}.py"
    return TESTS / place.with_name(f"test_{place.stem.strip('_')}.py")


MODULES = [path for path in sorted(APP.rglob("*.py")) if has_behaviour(path) and not is_excepted(path)]
MIRRORS = {mirror_of(module) for module in APP.rglob("*.py")}
# Tests of several modules together, and of what.
OF_SEVERAL = {
    "core/iam/test_reference.py": "the whole evaluator against corpora of cases",
    "services/test_ingest_killed.py": "ingest from file to database, killed in the middle",
    "services/test_verify_tampered.py": "a tree of thirty days, tampered with in every way",
    "web/test_bad_parameters.py": "every page and file, asked for what it cannot be asked",
    "web/test_hostile_corpus.py": "every page and file over hostile texts in every column",
}
FILES = [path for path in sorted(TESTS.rglob("test_*.py")) if path.relative_to(TESTS).parts[0] not in NOT_MIRRORED]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_module_with_behaviour_has_its_tests(module: Path):
    assert mirror_of(module).is_file(), f"{mirror_of(module).relative_to(ROOT)} is missing"


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_file_of_tests_has_its_module(file: Path):
    if file.relative_to(TESTS).as_posix() in OF_SEVERAL:
        return
    assert file in MIRRORS, f"{file.relative_to(ROOT)} tests no module of its name"


@pytest.mark.parametrize("prefix", EXCEPTED)
def test_each_exception_is_still_needed(prefix: str):
    assert any(has_behaviour(path) for path in (APP / prefix).rglob("*.py"))
