"""The little of CBOR (RFC 8949) that CloudWatch's protocol needs: maps, lists, text, numbers, booleans, times.

Newer SDKs call CloudWatch by "Smithy RPC v2 CBOR"; moto does not speak it.
"""

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAG, _SIMPLE = range(8)
_INDEFINITE = 31
_BREAK = object()
_SIZES = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_EPOCH_TAG = 1
_CONSTANTS = {20: False, 21: True, 22: None, 23: None}


def encode(value: object) -> bytes:  # noqa: PLR0911 - one a type
    """Return `value` as CBOR; times become tag 1 (seconds since the epoch)."""
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case str():
            raw = value.encode()
            return _head(_TEXT, len(raw)) + raw
        case bytes():
            return _head(_BYTES, len(value)) + value
        case datetime():
            return _head(_TAG, _EPOCH_TAG) + encode(value.timestamp())
        case Mapping():
            return _head(_MAP, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
        case Sequence():
            return _head(_LIST, len(value)) + b"".join(map(encode, value))
        case _:
            raise TypeError(f"no CBOR form for {type(value).__name__}")


def decode(data: bytes) -> Any:
    """Return the one value that `data` holds."""
    value, _ = _item(data, 0)
    return value


def _head(major: int, size: int) -> bytes:
    if size < min(_SIZES):
        return bytes([major << 5 | size])
    code = next(code for code, form in _SIZES.items() if size < 1 << 8 * struct.calcsize(form))
    return bytes([major << 5 | code]) + struct.pack(_SIZES[code], size)


def _item(data: bytes, at: int) -> tuple[Any, int]:  # noqa: PLR0911 - one a major type
    major, info = data[at] >> 5, data[at] & 31
    if major == _SIMPLE:
        return _simple(data, at + 1, info)
    if info == _INDEFINITE:
        return _indefinite(data, at + 1, major)
    size, at = _size(data, at + 1, info)
    match major:
        case 0:
            return size, at
        case 1:
            return -1 - size, at
        case 2:
            return data[at : at + size], at + size
        case 3:
            return data[at : at + size].decode(), at + size
        case 4:
            return _several(data, at, size)
        case 5:
            flat, at = _several(data, at, size * 2)
            return dict(zip(flat[::2], flat[1::2], strict=True)), at
        case _:
            value, at = _item(data, at)
            return (datetime.fromtimestamp(value, UTC) if size == _EPOCH_TAG else value), at


def _simple(data: bytes, at: int, info: int) -> tuple[Any, int]:
    if info == _INDEFINITE:
        return _BREAK, at
    if info in _FLOATS:
        return struct.unpack_from(_FLOATS[info], data, at)[0], at + struct.calcsize(_FLOATS[info])
    return _CONSTANTS[info], at


def _indefinite(data: bytes, at: int, major: int) -> tuple[Any, int]:
    items = []
    value, at = _item(data, at)
    while value is not _BREAK:
        items.append(value)
        value, at = _item(data, at)
    if major == _MAP:
        return dict(zip(items[::2], items[1::2], strict=True)), at
    if major in {_BYTES, _TEXT}:
        return (b"" if major == _BYTES else "").join(items), at
    return items, at


def _several(data: bytes, at: int, count: int) -> tuple[list[Any], int]:
    items = []
    for _ in range(count):
        value, at = _item(data, at)
        items.append(value)
    return items, at


def _size(data: bytes, at: int, info: int) -> tuple[int, int]:
    if info not in _SIZES:
        return info, at
    form = _SIZES[info]
    return struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)
