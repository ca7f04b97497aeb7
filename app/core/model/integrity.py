"""Whether log files are those that CloudTrail delivered: of a file, of a digest, of an hour."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What the digests prove. UNVERIFIED is neither: nothing speaks against the files, and nothing proves them."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and what decided it: of UNVERIFIED why nothing is proven, of BROKEN what is wrong."""

    verdict: Verdict
    why: str = ""

    def __str__(self) -> str:
        return f"{self.verdict.value} ({self.why})" if self.why else self.verdict.value


@dataclass(frozen=True, slots=True, order=True)
class PlaceKey:
    """What digests are chained in: the folder of an account, s3://bucket/…/AWSLogs/…/111122223333/, and a Region."""

    account: int
    folder: str
    region: str

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self.folder.removeprefix("s3://").partition("/")[0]


@dataclass(frozen=True, slots=True)
class LogFile:
    """What is remembered of one log file: as it was read, and as a digest lists it. `origin` is s3://bucket/key.

    `read_sha256` is None when it was not read, or when its gzip does not open, which `read_problem` then says;
    `changed_sha256`: it was read again and was another one. `digest` is the origin of the digest that lists it with
    `listed_sha256`, None: none does. `is_missing`: it was asked for, by name, and was not there.
    """

    origin: str
    delivered_at: datetime
    read_sha256: str | None = None
    read_problem: str | None = None
    changed_sha256: str | None = None
    digest: str | None = None
    listed_sha256: str | None = None
    listed_algorithm: str | None = None
    is_missing: bool = False

    @property
    def was_read(self) -> bool:
        """Whether its bytes came, sound or not."""
        return self.read_sha256 is not None or self.read_problem is not None


@dataclass(frozen=True, slots=True)
class Hour:
    """The verdict over one stretch of time, mostly the hour of one digest.

    `trail` is the name of the digest's trail with its home Region, "" where no digest is that would tell; `chain` also
    tells backfill digests from others. `digest` is the origin of the digest that decided it.
    """

    chain: str
    trail: str
    starts_at: datetime
    ends_at: datetime
    judged: Judged
    digest: str | None = None
    files: int = 0


@dataclass(frozen=True, slots=True)
class FoundBreak:
    """One break as it is kept: what is wrong with which file, of which time; `kind` as `kvswatch verify` prints it."""

    origin: str
    kind: str
    what: str
    at: datetime
