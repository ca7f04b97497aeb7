"""A user of this machine who is not root, made for a test and removed after it."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.builders.programs import ROOT

# In a mount namespace of its own: puts an open folder in the place of a closed one, with only what is needed in it.
OPEN = """
closed=$1 kept=$(mktemp -d)
shift
mount -t tmpfs none "$kept"
while [ "$1" != -- ]; do
  name=$(echo "$1" | tr / _); mkdir "$kept/$name"; mount --bind "$1" "$kept/$name"; paths="${paths:-} $1"; shift
done
shift
mount -t tmpfs -o mode=0755 none "$closed"
for path in $paths; do mkdir -p "$path"; mount --bind "$kept/$(echo "$path" | tr / _)" "$path"; done
cd "$PWD" && exec "$@"
"""


@dataclass(frozen=True, slots=True)
class OrdinaryUser:
    """Give a folder to the user, or run a command as the user: by the words to put before it."""

    name: str
    uid: int

    @property
    def prefix(self) -> tuple[str, ...]:
        """The words before a command that then runs as the user, Python and this tree within reach."""
        drop = ("setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", "--")
        needed = (Path(sys.base_prefix), ROOT)
        closed = next((folder for path in needed for folder in reversed(path.parents) if not is_open(folder)), None)
        if closed is None:
            return drop
        inside = (str(path) for path in needed if path.is_relative_to(closed))
        return ("unshare", "--mount", "--", "sh", "-euc", OPEN, "sh", str(closed), *inside, "--", *drop)

    def own(self, folder: Path) -> None:
        """Give the folder to the user."""
        os.chown(folder, self.uid, self.uid)


@contextmanager
def ordinary_user() -> Iterator[OrdinaryUser]:
    """Yield a new user without a home; needs root."""
    name = f"kvswatch-t{os.getpid()}"
    subprocess.run(["useradd", "--user-group", "--no-create-home", name], check=True)
    try:
        yield OrdinaryUser(name, pwd.getpwnam(name).pw_uid)
    finally:
        subprocess.run(["userdel", name], check=True)


def is_open(folder: Path) -> bool:
    """Return whether everybody may pass the folder."""
    return bool(folder.stat().st_mode & 0o001)
