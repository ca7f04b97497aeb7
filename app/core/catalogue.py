"""A folder of one-thing-a-file modules, read as a dict: the folder is its own registry."""

import importlib
import pkgutil
from collections.abc import Collection
from types import ModuleType
from typing import TypeVar

from app.core.errors import CatalogueError

T = TypeVar("T")


def names(package: ModuleType) -> list[str]:
    """Return the names of `package`'s modules in order, without helpers: those that start with an underscore."""
    found = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [name for name in found if not name.startswith("_")]


def load(package: ModuleType, constant: str, kind: type[T], only: Collection[str] = ()) -> dict[str, T]:
    """Return every `constant` of `package`'s modules, or of `only` some, by module name, in order of name.

    A module whose constant is missing or of another type stops the start-up:
    a rule that silently does not run is worse than a server that does not.

    Raises:
        CatalogueError: naming the module at fault.
    """
    found: dict[str, T] = {}
    for module in only or names(package):
        name = f"{package.__name__}.{module}"
        value = getattr(importlib.import_module(name), constant, None)
        if not isinstance(value, kind):
            raise CatalogueError(f"{name} must define {constant}, a {kind.__name__}: it has {type(value).__name__}")
        found[module] = value
    return found
