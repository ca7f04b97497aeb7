"""What one file, or one answer of LookupEvents, brought: ready to be stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.model.event import Record
from app.core.model.session import IssuedSession, IssuedToken
from app.core.model.sighting import Ends, Look


@dataclass(frozen=True, slots=True)
class Rejected:
    """What could not be read or stored, and why.

    `place` is within its file; `raw` is what is at fault, at most 256 kB of it, empty when the whole file is. `size` is
    how many bytes all of it has; of a whole file only where those are too many, and then at least so many.
    """

    place: str
    reason: str
    raw: bytes
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is stored of one file. `origin` is s3://bucket/key, a path, or the name of an API.

    `account` is the one that the file's place names, None when it names none. `total` counts all records, those that
    are of no kept kind too; `kvs` of the `records` are KVS calls. `looks` are how these and the `sessions` look to the
    checks of assumptions; `tokens` are what GetSessionToken gave out, for one of these.
    """

    origin: str
    account: int | None = None
    total: int = 0
    kvs: int = 0
    records: tuple[Record, ...] = ()
    sessions: tuple[IssuedSession, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    looks: Mapping[Look, Ends] = field(default_factory=dict)
    tokens: tuple[IssuedToken, ...] = ()
    sha256: str | None = None
    """Of the uncompressed file, in hexadecimal; None: it does not open, or nobody asked."""
    is_unreadable: bool = False
    """The file came and does not open; a file that did not come is not."""
