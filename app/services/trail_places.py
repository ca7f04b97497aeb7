"""Where the files of trails lie in an archive: each account's Regions, in the layouts of accounts and organizations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.digits import account_number
from app.core.errors import CouldNotLook
from app.core.trailfile.digest.chain import Stored
from app.core.trailfile.digest.names import ROOT
from app.core.trailfile.keys import FileKind


class Archive(Protocol):
    """Where files lie: a bucket, or a copy of one (`bucket` None)."""

    name: str
    bucket: str | None
    prefix: str

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below `prefix`."""
        ...

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """Yield the keys below `prefix` that are greater than `after`."""
        ...

    def read(self, keys: Sequence[str]) -> list[Stored | CouldNotLook | None]:
        """Return each file, why it could not be read, or None when it is not there."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """One account's Region below one root: several trails may write there."""

    folder: str
    region: str

    @property
    def digests(self) -> str:
        """The folder of the digests."""
        return f"{self.folder}{FileKind.DIGEST}/{self.region}/"

    @property
    def logs(self) -> str:
        """The folder of the log files."""
        return f"{self.folder}{FileKind.LOG}/{self.region}/"


def places(archive: Archive) -> Iterator[Place]:
    """Yield the accounts' Regions below the archive's prefix."""
    for folder in (folder for root in _roots(archive.prefix) for folder in _accounts(archive, root)):
        kinds = (f"{folder}{FileKind.DIGEST}/", f"{folder}{FileKind.LOG}/")
        for region in sorted({region for kind in kinds for region in archive.folders(kind)}):
            yield Place(folder, region)


def _roots(prefix: str) -> Iterator[str]:
    """Yield where accounts may lie: in the AWSLogs that a prefix names, and below it, for it may be a trail's own."""
    if f"/{ROOT}" in f"/{prefix}":
        yield prefix[: prefix.rindex(ROOT) + len(ROOT)]
    yield f"{prefix.rstrip('/')}/{ROOT}".lstrip("/")


def _accounts(archive: Archive, root: str) -> Iterator[str]:
    for name in archive.folders(root):
        folder = f"{root}{name}/"
        if not _is_wanted(folder, archive.prefix):
            continue
        if name.startswith("o-"):
            yield from (each for each in _accounts(archive, folder) if _is_wanted(each, archive.prefix))
        elif account_number(name) is not None:
            yield folder


def _is_wanted(folder: str, prefix: str) -> bool:
    return folder.startswith(prefix) or prefix.startswith(folder)
