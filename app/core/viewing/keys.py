"""What calls were signed with, in words."""

from collections.abc import Collection

from app.core.model.event import KeyKind
from app.core.model.media_call import MediaCall

_KEYS = {
    KeyKind.LONG_TERM: "long-term key",
    KeyKind.TEMPORARY: "temporary key",
    KeyKind.TEMPORARY_OF_USER: "temporary key of a user",
    KeyKind.NONE: "no key",
}


def keys_text(calls: Collection[MediaCall]) -> str:
    """Return "temporary key" or "4 temporary keys": what they were signed with."""
    kinds: dict[KeyKind, set[str | None]] = {}
    for call in calls:
        kinds.setdefault(call.key_kind, set()).add(call.access_key)
    return ", ".join(_keys(kind, len(keys)) for kind, keys in sorted(kinds.items()))


def _keys(kind: KeyKind, count: int) -> str:
    one = _KEYS[kind]
    return one if count == 1 else f"{count:,} {one.replace('key', 'keys', 1)}"
