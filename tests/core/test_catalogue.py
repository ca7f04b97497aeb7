"""A folder is a registry, and a module at fault stops the start-up."""

from pathlib import Path
from types import ModuleType

import pytest

from app.core.catalogue import load
from app.core.errors import CatalogueError


def package(folder: Path, name: str, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    home = folder / name
    home.mkdir()
    (home / "__init__.py").write_text("")
    for file, text in files.items():
        (home / file).write_text(text)
    monkeypatch.syspath_prepend(str(folder))
    return __import__(name)


def test_it_returns_each_module_s_constant_in_order_of_name(tmp_path, monkeypatch) -> None:
    found = package(tmp_path, "colours", {"red.py": "THING = 1", "blue.py": "THING = 2"}, monkeypatch)
    assert list(load(found, "THING", int).items()) == [("blue", 2), ("red", 1)]


def test_it_leaves_helpers_out(tmp_path, monkeypatch) -> None:
    found = package(tmp_path, "helpers", {"_common.py": "", "one.py": "THING = 1"}, monkeypatch)
    assert list(load(found, "THING", int)) == ["one"]


def test_of_only_some_the_others_are_not_even_imported(tmp_path, monkeypatch) -> None:
    found = package(tmp_path, "some", {"bad.py": "1 / 0", "one.py": "THING = 1"}, monkeypatch)
    assert list(load(found, "THING", int, ["one"])) == ["one"]


@pytest.mark.parametrize("text", ["", "THING = 'one'"], ids=["missing", "of another type"])
def test_it_stops_at_a_module_without_the_constant_and_names_it(tmp_path, monkeypatch, text) -> None:
    found = package(tmp_path, f"faulty{len(text)}", {"bad.py": text}, monkeypatch)
    with pytest.raises(CatalogueError, match=r"faulty\d+\.bad must define THING, a int"):
        load(found, "THING", int)
