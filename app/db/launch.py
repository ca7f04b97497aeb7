"""Become another program that dies with the process that asked for it.

A program of its own (`python -I -S launch.py PARENT UID GID COMMAND…`), because code between fork and exec of a
process with threads may deadlock. The order matters: the kernel forgets the death signal when a process changes
its user (prctl(2), PR_SET_PDEATHSIG), so privileges go first.

The signal comes when the *thread* that started this program ends, not its process: start it from a thread that stays.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main(parent: int, uid: int, gid: int, command: list[str]) -> None:
    """Drop to `uid` and `gid`, ask for SIGINT when `parent` dies, and turn into `command`."""
    if os.geteuid() != uid:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # SIGINT is Postgres' fast shutdown: sessions are ended, a checkpoint is written, nothing stays behind.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:
        sys.exit("the process that asked for this program has ended")
    os.chdir("/")
    os.execv(command[0], command)  # noqa: S606 - a list of arguments: no shell sees it


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
