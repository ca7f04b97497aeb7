"""Processes that begin their work at the same moment, as workers that run side by side."""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Barrier
from typing import Any, TypeVar

T = TypeVar("T")
_barrier: Barrier | None = None


def together(work: Callable[..., T], shares: Sequence[tuple[Any, ...]]) -> list[T]:
    """Return what `work` gives for the arguments of each share, each in a process of its own.

    `work` calls `begin` when it is ready for the clock to start.
    """
    context = multiprocessing.get_context("spawn")
    with context.Pool(len(shares), _take, (context.Barrier(len(shares)),)) as pool:
        return pool.starmap(work, shares, chunksize=1)


def begin() -> None:
    """Return when all processes are ready."""
    if _barrier is not None:
        _barrier.wait()


def _take(barrier: Barrier) -> None:
    global _barrier  # noqa: PLW0603 - how a pool hands a barrier to its processes
    _barrier = barrier
