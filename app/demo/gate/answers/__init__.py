"""The gate's own answers: one file a service, the folder is its own registry."""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.demo.gate import models, wire
from app.demo.gate.call import Call
from app.demo.gate.world import World

PASS: Mapping[str, Any] = {"pass": "to moto"}
"""What a handler returns (this very object) when moto is to answer after all."""
Result = Mapping[str, Any] | wire.Answer | None
Handler = Callable[[World, Call], Result]


@dataclass(frozen=True, slots=True)
class Answers:
    """The calls of one service (botocore's name) that the gate answers itself."""

    service: str
    handlers: dict[str, Handler]


def handler(service: str, operation: str) -> Handler | None:
    """Return the gate's own handler of an operation, if it has one."""
    return _handlers().get((service, operation))


@functools.cache
def _handlers() -> dict[tuple[str, str], Handler]:
    found: dict[tuple[str, str], Handler] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name.startswith("_"):
            continue
        own: Answers = importlib.import_module(f"{__name__}.{module.name}").ANSWERS
        for operation, answer in own.handlers.items():
            if operation not in models.service_model(own.service).operation_names:
                raise LookupError(f"botocore knows no {own.service}:{operation} ({module.name}.py)")
            found[own.service, operation] = answer
    return found
