"""The folder of a demo: one that goes with it, and with the next demo where a kill -9 has left it behind.

A running demo holds a lock on its folder, and so does its database, which outlives it by some seconds.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from app import config
from app.db.cluster import remove_socket_folder
from app.db.embedded import is_unlocked

PREFIX = "kvswatch-demo-"
DATABASE = "postgres"
MARK = "kvswatch-demo"  # the file in a demo's folder that tells it from others of that name
log = structlog.get_logger()


@contextmanager
def demo_home() -> Iterator[Path]:
    """Yield the demo's folder: KVSWATCH_DATA_DIR when it is set, else one that goes with the demo."""
    if "data_dir" in config.load().model_fields_set:
        home = config.load().data_dir / "demo"
        home.mkdir(parents=True, exist_ok=True)
        yield home
        return
    remove_left_behind(Path(tempfile.gettempdir()))
    home, lock = _new_home()
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
        os.close(lock)


def remove_left_behind(place: Path) -> None:
    """Remove this user's demo folders in `place` of which neither the demo nor its database runs any more."""
    for home in sorted(place.glob(f"{PREFIX}*")):
        lock = locked(home)
        if lock is None:
            continue
        try:
            if (home / MARK).is_file() and is_unlocked(home / DATABASE):
                remove_socket_folder(home / DATABASE)
                shutil.rmtree(home)
                log.info("removed the folder of a demo that was killed", folder=str(home))
        except OSError as error:
            log.warning("cannot remove the folder of a demo that was killed", folder=str(home), reason=str(error))
        finally:
            os.close(lock)


def _new_home() -> tuple[Path, int]:
    while True:
        home = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = locked(home)
        if lock is not None:
            # The database's own user passes through it to its data folder, which is closed to all others.
            home.chmod(0o711)
            (home / MARK).write_text("This folder was made by a demo of kvswatch, and goes with it or with the next.\n")
            return home, lock
        # Another demo that starts just now took it for one that was left behind, and removes it.


def locked(home: Path) -> int | None:
    """Return a descriptor that holds the lock of a folder; None: it is held, gone, a link or somebody else's."""
    try:
        lock = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = os.fstat(lock).st_uid == os.geteuid() and os.path.samestat(os.fstat(lock), home.lstat())
    except OSError:  # held by its demo, or removed while we waited
        is_ours = False
    if is_ours:
        return lock
    os.close(lock)
    return None
