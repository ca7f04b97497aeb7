"""Which cameras were replaced, and when: known to those who tell of cameras and of technicians."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Swap:
    """The day (counted from the emulator's first) and hour from which the new device is at work."""

    day: int
    hour: float


SWAPS = {("cams-prod-eu", "gate-03"): Swap(-5, 10.5), ("clinic-video", "ward-2-entry"): Swap(-9, 13.0)}


def replacement(stream: str) -> str:
    """Return the device that was put in place of a stream's first one."""
    return f"thing-{stream}-2"
