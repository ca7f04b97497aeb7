"""Log files on disk: single ones and whole trees, as they are copied out of a bucket."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from app.core.errors import InvalidInput

_ENDINGS = (".json.gz", ".json")


def log_files(paths: Iterable[Path], passed_over: Callable[[Path], object] = lambda _path: None) -> Iterator[Path]:
    """Yield the files that are named, and those of the folders that are, sorted by name.

    Of a folder only `.json.gz` and `.json`: beside them lie checksums, READMEs and what other services write, of which
    `passed_over` is told. A file that is named itself is yielded whatever its name. Links to folders are not followed:
    they may lead in a circle.

    Raises:
        InvalidInput: a path is not there, or cannot be read.
    """
    for path in paths:
        if path.is_dir():
            yield from _files_below(path, passed_over)
        elif path.exists():
            yield path
        else:
            raise InvalidInput(f"no such file or folder: {path}")


def _files_below(folder: Path, passed_over: Callable[[Path], object]) -> Iterator[Path]:
    for at, folders, names in os.walk(folder, onerror=_refuse):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(_ENDINGS):
                yield Path(at, name)
            else:
                passed_over(Path(at, name))


def _refuse(error: OSError) -> None:
    """Stop at a folder that cannot be read: going on would look as if it were empty."""
    raise InvalidInput(f"cannot read the folder {error.filename}: {error.strerror}") from error
