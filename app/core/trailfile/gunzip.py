"""The bytes of a gzip file, all of its members, never more than a limit.

`isal_zlib.decompress` and libdeflate's binding read the first member and say nothing of what follows it; a
decompression object tells where a member ended, what is left over and whether the end was reached at all, at
the same speed.
"""

from typing import cast

from isal import igzip_lib, isal_zlib

from app.core.errors import InvalidInput

MAX_BYTES = 256 << 20
"""CloudTrail writes at most 50 MB into a file ("Quotas in AWS CloudTrail"): five times that is not its own."""

HOW_TO_IMPORT = "kvswatch ingest --limit-mb takes larger ones from disk"
"""What to do about a file that is larger, said with its size wherever one is refused."""

# The package's type stub does not say that it is an exception.
_Damaged = cast("type[Exception]", igzip_lib.IsalError)
_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31
"""zlib's window bits for "gzip header and trailer"."""


class UnreadableFile(InvalidInput):
    """A file that is not one complete gzip file."""


class FileTooLarge(UnreadableFile):
    """A file that would be larger than the limit once it is uncompressed."""


def gunzip(blob: bytes, limit: int = MAX_BYTES) -> bytes:
    """Return the uncompressed bytes of all members of the gzip file `blob`.

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
    parts: list[bytes] = []
    rest, room = blob, limit
    while rest.startswith(_MAGIC):
        try:
            part, rest = _member(rest, room)
        except FileTooLarge:
            size = f"{len(blob):,} bytes of gzip data hold more than {limit:,} bytes"
            raise FileTooLarge(f"{size}, the limit: {HOW_TO_IMPORT}") from None
        parts.append(part)
        room -= len(part)
    if rest.strip(b"\0"):
        raise UnreadableFile(f"{len(rest)} bytes that are not gzip lie behind the gzip data")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _member(blob: bytes, room: int) -> tuple[bytes, bytes]:
    """Return the first member's bytes and what lies behind it."""
    stream = isal_zlib.decompressobj(_GZIP_WINDOW)
    try:
        # One byte more than allowed, so that a file of exactly the limit is told from a larger one.
        part: bytes = stream.decompress(blob, room + 1)
    except _Damaged as error:
        raise UnreadableFile(f"damaged gzip data: {error}") from error
    if len(part) > room:
        raise FileTooLarge
    if not stream.eof:
        raise UnreadableFile("truncated: the gzip data ends before its checksum")
    return part, stream.unused_data
