"""The bytes of one regular file, never more than a limit."""

import errno
import os
import stat
from pathlib import Path


def read_regular(path: Path, limit: int) -> bytes:
    """Return what is in the file `path`, at most `limit` bytes.

    Raises:
        OSError: it cannot be read, is larger, or is no regular file: a pipe may never answer, a device never end.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        size = min(status.st_size, limit)
        blob = file.read(size + 1)
        if len(blob) > size:  # larger than the limit, or written to meanwhile
            blob += file.read(limit - size)
    if len(blob) > limit:
        raise OSError(
            errno.EFBIG, f"its {max(status.st_size, len(blob)):,} bytes are more than the limit of {limit:,}", str(path)
        )
    return blob


def _without_waiting(path: str, flags: int) -> int:
    """Open `path`, a pipe too: else that waits until somebody writes into it."""
    return os.open(path, flags | os.O_NONBLOCK)
