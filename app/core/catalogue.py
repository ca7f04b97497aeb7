"""A folder of one-thing-a-file modules, read as a dict: the folder is its own registry."""

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

from app.core.errors import CatalogueError

T = TypeVar("T")


def load(package: ModuleType, constant: str, kind: type[T]) -> dict[str, T]:
    """Return every `constant` of `package`'s modules by module name, in order of name.

    Modules that start with an underscore are helpers and are left out.
    A module whose constant is missing or of another type stops the start-up:
    a rule that silently does not run is worse than a server that does not.

    Raises:
        CatalogueError: naming the module at fault.
    """
    found: dict[str, T] = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        if module.name.startswith("_"):
            continue
        name = f"{package.__name__}.{module.name}"
        value = getattr(importlib.import_module(name), constant, None)
        if not isinstance(value, kind):
            raise CatalogueError(f"{name} must define {constant}, a {kind.__name__}: it has {type(value).__name__}")
        found[module.name] = value
    return found
