"""From the estate to moto: one file a service, the folder is its own registry.

moto's backends are filled in-process; over HTTP the same takes a hundred times as long.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.core import catalogue
from app.demo import seed
from app.demo.gate.world import World


@dataclass(frozen=True, slots=True)
class Seeder:
    """What one service's file does: `run(world, today)`; `today` is the midnight that ages count back from."""

    run: Callable[[World, datetime], None]


def fill_moto(world: World, today: datetime) -> None:
    """Put the estate into moto and into what stands beside it."""
    for seeder in catalogue.load(seed, "SEED", Seeder).values():
        seeder.run(world, today)
