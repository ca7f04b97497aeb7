"""moto keeps everything in the process: who has it, and what lies aside meanwhile.

A second emulator started in the same process puts the first one's state aside and gives it back when it stops, so that
a test may start its own beside the one that all share. Only the newest is served.
"""

import threading
from dataclasses import dataclass
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_api._internal import mock_random
from moto.organizations.models import organizations_backends
from moto.s3.models import s3_backends


@dataclass(frozen=True, slots=True)
class _Aside:
    """What a holder had when another came."""

    backends: list[tuple[Any, dict[str, Any]]]
    master_accounts: dict[str, Any]
    bucket_accounts: dict[str, Any]


_holders: list[object] = []
_aside: dict[int, _Aside] = {}
_lock = threading.Lock()
_in_use: list[Any] = vars(BackendDict)["_instances"]
"""moto's own list of the services in use; it has no public name."""


def take(holder: object, seed: int) -> None:
    """Give an empty moto to `holder`, its randomness seeded: identifiers come out the same each time."""
    with _lock:
        if _holders:
            _aside[id(_holders[-1])] = _put_aside()
        _holders.append(holder)
        _empty()
        mock_random.seed(seed)


def give_back(holder: object) -> None:
    """Forget what `holder` had, and let the one before it have moto again."""
    with _lock:
        was_newest = _holders[-1] is holder
        _holders.remove(holder)
        _aside.pop(id(holder), None)
        if not was_newest:
            return
        _empty()
        if _holders:
            _put_back(_aside.pop(id(_holders[-1])))


def has(holder: object) -> bool:
    """Tell whether moto's state is `holder`'s right now."""
    return bool(_holders) and _holders[-1] is holder


def _put_aside() -> _Aside:
    backends = [(backend, dict(backend.items())) for backend in _in_use]
    for backend, _ in backends:
        backend.clear()
    _in_use.clear()
    return _Aside(backends, dict(organizations_backends.master_accounts), dict(s3_backends.bucket_accounts))


def _put_back(aside: _Aside) -> None:
    for backend, accounts in aside.backends:
        backend.update(accounts)
        _in_use.append(backend)
    organizations_backends.master_accounts.update(aside.master_accounts)
    s3_backends.bucket_accounts.update(aside.bucket_accounts)


def _empty() -> None:
    BackendDict.reset()
    reset_model_data()
    organizations_backends.master_accounts.clear()
    s3_backends.bucket_accounts.clear()
