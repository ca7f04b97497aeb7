"""Which records kvswatch's own demo made: they look like AWS's and prove nothing about AWS."""

import msgspec

from app.core.trailfile.shape import Shape

MARK = "kvswatchDemo"
"""A key of additionalEventData, which services of AWS write and callers do not."""
_NEEDLE = f'"{MARK}"'.encode()


def is_emulated(shape: Shape) -> bool:
    """Return whether the demo made the record."""
    data = bytes(shape.additional)
    if _NEEDLE not in data:
        return False
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(value, dict) and MARK in value
