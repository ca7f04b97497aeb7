"""Does an Action or NotAction element take this action?

Source: IAM User Guide, "IAM JSON policy elements: Action": names have no case, `*` and `?` may stand anywhere.
"""

from functools import lru_cache

from app.core.iam.globs import glob, pieces_of
from app.core.kvs.actions import NAMES, PREFIX

ALL = (1 << len(NAMES)) - 1
_FULL_NAMES = tuple(f"{PREFIX}:{name}".lower() for name in NAMES)
_BITS = {name: 1 << index for index, name in enumerate(_FULL_NAMES)}


@lru_cache(maxsize=65536)
def matches(pattern: str, action: str) -> bool:
    """Whether one pattern takes `action`, such as "kinesisvideo:GetMedia"."""
    return glob(pieces_of(pattern.lower())).matches(action.lower())


@lru_cache(maxsize=65536)
def mask(pattern: str) -> int:
    """Return the KVS actions that one pattern takes, as bits in the order of NAMES."""
    lower = pattern.lower()
    service, colon, _ = lower.partition(":")
    if colon and service != PREFIX and "*" not in service and "?" not in service:
        return 0
    matcher = glob(pieces_of(lower))
    return sum(1 << index for index, name in enumerate(_FULL_NAMES) if matcher.matches(name))


def are_of_kvs(patterns: tuple[str, ...]) -> bool:
    """Whether all patterns name actions of Kinesis Video Streams alone."""
    return all(pattern.lower().startswith(f"{PREFIX}:") for pattern in patterns)


def bit(action: str) -> int:
    """Return the bit of an action such as "kinesisvideo:GetMedia"; 0 for one of another service."""
    return _BITS.get(action.lower(), 0)


def takes(patterns: tuple[str, ...], action: str, *, is_excluding: bool) -> bool:
    """Whether a whole element takes `action`, such as "kinesisvideo:GetMedia" or "sts:AssumeRole"."""
    of_kvs = bit(action)
    if of_kvs:
        return element_mask(patterns, is_excluding=is_excluding) & of_kvs != 0
    return any(matches(pattern, action) for pattern in patterns) is not is_excluding


def element_mask(patterns: tuple[str, ...], *, is_excluding: bool) -> int:
    """Return the KVS actions that a whole element takes."""
    taken = 0
    for pattern in patterns:
        taken |= mask(pattern)
    return ALL & ~taken if is_excluding else taken
