"""Copies of a trail's bucket on disk: what lies below a folder `AWSLogs`, read as the bucket would be."""

import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.core.errors import CouldNotLook, InvalidInput
from app.core.trailfile.digest.chain import Stored
from app.core.trailfile.digest.names import ROOT
from app.core.trailfile.gunzip import MAX_BYTES
from app.core.trailfile.keys import FileKind, file_key
from app.files.regular import read_regular
from app.files.tree import log_files

_ENDING = ".json.gz"
_METADATA_BYTES = 1 << 20
"""S3 lets metadata be 2 KB ("Working with object metadata"): an answer about it is not a thousand times that."""


class TrailTree:
    """One copy. Keys begin with `AWSLogs/`: the trail's prefix cannot be told from the folders of the disk.

    An object's metadata does not come along with a copy. It is read from two files beside a digest, where they are:
    `<digest>.metadata.json` as `aws s3api head-object` answers, and `<digest>.signature` with the signature alone.
    """

    bucket: str | None = None
    prefix = ROOT

    def __init__(self, root: str, paths: Mapping[str, Path], limit: int) -> None:
        """Take the folder that holds `AWSLogs`, the files by key, and how many bytes one may have."""
        self.name = root or "."
        self._paths, self._limit = paths, limit
        self._keys = sorted(paths)

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below `prefix`, sorted."""
        found: list[str] = []
        at = bisect.bisect_left(self._keys, prefix)
        while at < len(self._keys) and self._keys[at].startswith(prefix):
            name, slash, _ = self._keys[at][len(prefix) :].partition("/")
            if slash:
                found.append(name)
            # "0" is the character behind "/": on to what is not in this folder.
            at = bisect.bisect_left(self._keys, f"{prefix}{name}0") if slash else at + 1
        return sorted(found)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """Yield the keys below `prefix` that are greater than `after`, in order."""
        start = max(bisect.bisect_left(self._keys, prefix), bisect.bisect_right(self._keys, after))
        for at in range(start, len(self._keys)):
            if not self._keys[at].startswith(prefix):
                return
            yield self._keys[at]

    def read(self, keys: Sequence[str]) -> list[Stored | CouldNotLook | None]:
        """Return each file, why it could not be read, or None when there is none; in the order of `keys`.

        Raises:
            InvalidInput: the metadata beside a digest cannot be read.
        """
        return [self._read(key) for key in keys]

    def _read(self, key: str) -> Stored | CouldNotLook | None:
        path = self._paths.get(key)
        if path is None:
            return None
        try:
            return Stored(read_regular(path, self._limit), _metadata(path, key))
        except FileNotFoundError:
            return None
        except OSError as error:
            return CouldNotLook(f"cannot read {error.filename or path}: {error.strerror}")


def trail_trees(paths: Iterable[Path], limit: int = MAX_BYTES) -> list[TrailTree]:
    """Return the copies that the folders and files `paths` lie in or hold, by name; other files are passed over.

    Raises:
        InvalidInput: a path is not there, cannot be read, or has no file of CloudTrail in it.
    """
    trees: dict[str, dict[str, Path]] = {}
    for path in paths:
        count = 0
        for file in log_files([path.absolute()]):
            text = file.as_posix()
            if text.endswith(_ENDING) and (found := file_key(text)) is not None:
                trees.setdefault(found.prefix, {})[text[len(found.prefix) :]] = file
                count += 1
        if count == 0:
            raise InvalidInput(f"no file of CloudTrail below {path}: it lies in …/AWSLogs/<account>/CloudTrail/…")
    return [TrailTree(root, files, limit) for root, files in sorted(trees.items())]


def _metadata(path: Path, key: str) -> dict[str, str]:
    """Return what is written beside a digest about its object."""
    found = file_key(key)
    if found is None or found.kind is not FileKind.DIGEST:
        return {}
    beside = Path(f"{path}.metadata.json")
    metadata = _head(beside) if beside.exists() else {}
    signature = Path(f"{path}.signature")
    if signature.exists():
        metadata["signature"] = read_regular(signature, _METADATA_BYTES).decode("utf-8", "replace").strip()
    return metadata


def _head(path: Path) -> dict[str, str]:
    try:
        answer: Any = msgspec.json.decode(read_regular(path, _METADATA_BYTES))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: not JSON: {error}") from error
    found = answer.get("Metadata", answer) if isinstance(answer, dict) else None
    if not isinstance(found, dict):
        raise InvalidInput(f"{path}: no metadata of an object: write it with aws s3api head-object")
    return {str(name).lower().removeprefix("x-amz-meta-"): str(value) for name, value in found.items()}
