"""The bytes of a gzip file, all of its members, never more than a limit.

libdeflate is a quarter faster than ISA-L, but reads the first member and says nothing of what follows it. It gets the
files that have one member for certain, which are nearly all. A decompression object of ISA-L reads the others: it tells
where a member ended, what is left over, and whether the end was reached at all.
"""

import struct
from typing import cast

import deflate
from isal import igzip_lib, isal_zlib

from app.core.errors import InvalidInput
from app.core.trailfile.needles import find

MAX_BYTES = 256 << 20
"""The default of KVSWATCH_MAX_FILE_MB. CloudTrail writes at most 50 MB into a file ("Quotas in AWS CloudTrail"): five
times that is not its own."""

RAISE_IT = "raise KVSWATCH_MAX_FILE_MB to have it read, or import a copy with kvswatch ingest --limit-mb"
"""What to do about a file that is larger, said with its size wherever one is refused."""

# The package's type stub does not say that it is an exception.
_Damaged = cast("type[Exception]", igzip_lib.IsalError)
_MAGIC = b"\x1f\x8b"
_MAGIC_OF_DEFLATE = _MAGIC + b"\x08"
_TRAILER = struct.Struct("<II")
"""The end of a member: the CRC-32 of its bytes, and how many they are (modulo 2^32)."""
_MOST_A_BYTE = 1032
"""DEFLATE makes at most so many bytes of one (zlib, "Technical Details"): what promises more is given no room."""
_LEAST = 18
"""Header and trailer of a member, in bytes."""
_GZIP_WINDOW = 31
"""zlib's window bits for "gzip header and trailer"."""


class UnreadableFile(InvalidInput):
    """A file that is not one complete gzip file."""


class FileTooLarge(UnreadableFile):
    """A file that would be larger than the limit once it is uncompressed; it has `least` bytes at least."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"{what}, the limit: {RAISE_IT}")
        self.least = limit + 1


def gunzip(blob: bytes, limit: int = MAX_BYTES) -> bytes | bytearray:
    """Return the uncompressed bytes of all members of the gzip file `blob`, as they came: a copy takes a fifth again.

    At most `limit` bytes are ever made, whatever the file promises.

    Checksum and length of every member are verified. Zero padding after the last member is legal (RFC 1952
    readers accept it, tar writes it).

    Raises:
        UnreadableFile: empty, not gzip, truncated, damaged, or with other bytes behind the gzip data.
        FileTooLarge: more than `limit` bytes.
    """
    if not blob:
        raise UnreadableFile("the file is empty")
    if not blob.startswith(_MAGIC):
        raise UnreadableFile("not a gzip file: it does not begin with 1f 8b")
    whole = _of_one_member(blob, limit)
    return _of_all_members(blob, limit) if whole is None else whole


def _of_one_member(blob: bytes, limit: int) -> bytearray | None:
    """Return the bytes of a file that is one whole member and nothing else; None where it is not, or may not be.

    A further member has its magic somewhere (RFC 1952); by chance it is in one of eighty files of 200 kB, too. Of other
    bytes behind the member the last eight are not its checksum and size.
    """
    if len(blob) < _LEAST or find(blob, _MAGIC_OF_DEFLATE, 1) >= 0:
        return None
    checksum, size = _TRAILER.unpack_from(blob, len(blob) - _TRAILER.size)
    # Of an empty file the binding looks at nothing but its size.
    if not 0 < size <= min(limit, len(blob) * _MOST_A_BYTE):
        return None
    try:
        whole = deflate.gzip_decompress(blob, size)
    except deflate.DeflateError:
        return None
    return whole if (deflate.crc32(whole), len(whole)) == (checksum, size) else None


def _of_all_members(blob: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    rest, room = blob, limit
    while rest.startswith(_MAGIC):
        part, rest = _member(rest, room)
        room -= len(part)
        if room < 0:
            told = _told(blob, limit)
            raise FileTooLarge(f"{len(blob):,} bytes of gzip data hold{told} more than {limit:,} uncompressed", limit)
        parts.append(part)
    if rest.strip(b"\0"):
        raise UnreadableFile(f"{len(rest)} bytes that are not gzip lie behind the gzip data")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _told(blob: bytes, limit: int) -> str:
    """Return how large a file says that it is, where that may be so: nothing has checked it."""
    size = _TRAILER.unpack_from(blob, len(blob) - _TRAILER.size)[1]
    is_one = find(blob, _MAGIC_OF_DEFLATE, 1) < 0
    return f" {size:,} bytes by their own account," if is_one and limit < size <= len(blob) * _MOST_A_BYTE else ""


def _member(blob: bytes, room: int) -> tuple[bytes, bytes]:
    """Return the first member's bytes, or more of them than there is `room`, and what lies behind it."""
    stream = isal_zlib.decompressobj(_GZIP_WINDOW)
    try:
        # One byte more than allowed, so that a file of exactly the limit is told from a larger one.
        part: bytes = stream.decompress(blob, room + 1)
    except _Damaged as error:
        raise UnreadableFile(f"damaged gzip data: {error}") from error
    if len(part) <= room and not stream.eof:
        raise UnreadableFile("truncated: the gzip data ends before its checksum")
    return part, stream.unused_data
