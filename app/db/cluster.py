"""The folder of the embedded database: made once, refused when it is not what it should be.

    lock             held by the process that runs the server, and by the server itself
    data/            what initdb makes (PGDATA); `kvswatch` in it says that we made it
    run/             the socket, unless the path is too long for one
    binaries/        a copy of the server's programs where the server's user cannot reach the installed ones
    postgres.log     what the server says

Only the kernel says who is connecting (peer authentication over a unix socket); there is no password and no TCP port.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.db.binaries import blocking_folder
from app.db.errors import DataFolderRefused, ServerFailed

SUPERUSER = "kvswatch"  # owns the cluster and runs the first migration, which makes the roles that engines act as
DATABASE = "kvswatch"
PORT = 5432  # no port is open; the number is part of the socket's name
SOCKET_NAME = f".s.PGSQL.{PORT}"
SUN_PATH = 107  # bytes of a socket's path, without the final zero: unix(7)
MARK = "kvswatch"  # the file in data/ that tells our clusters from others
MOUNT_POINT = "lost+found"


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The Unix user that the server runs as: never root, which Postgres refuses."""

    name: str
    uid: int
    gid: int


def make_home(home: Path) -> None:
    """Make the folder of the embedded database and what is missing on the way to it; loosen nothing that is there.

    Root's new folders let others pass, because the server's user is another than root; data/ and run/ are 0700.

    Raises:
        DataFolderRefused: the folder holds files that are none of ours, or cannot be made.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        for folder in [*reversed(home.parents), home]:
            if not folder.exists():
                folder.mkdir(exist_ok=True)
                folder.chmod(mode)
        strangers = [path.name for path in home.iterdir() if path.name != MOUNT_POINT]
    except OSError as error:
        raise refusal(home, error) from error
    if strangers and not (home / "lock").exists():
        raise DataFolderRefused(
            f"{home} holds files that kvswatch did not make ({', '.join(sorted(strangers)[:3])}): "
            "set KVSWATCH_DATA_DIR to a new or empty folder"
        )


def server_user(home: Path, system_user: str) -> ServerUser:
    """Return who the server runs as: whoever is asking; for root the owner of the data, else `system_user`.

    `system_user` is made when it is missing: no login, no home.

    Raises:
        DataFolderRefused: the data belongs to another, or the user cannot be made or has no name.
    """
    data, uid = home / "data", os.geteuid()
    owner = data.stat().st_uid if data.exists() else None
    runner = owner if uid == 0 else uid
    entry = _system_user(system_user) if runner is None else _user_of(runner)
    if entry.pw_uid == 0:
        raise DataFolderRefused(f"{data} would be root's, and Postgres does not run as root: name another system user")
    if owner not in {None, entry.pw_uid}:
        raise DataFolderRefused(
            f"{data} belongs to user {_name_of(owner)}, not to {entry.pw_name}: "
            "run kvswatch as that user or as root, or set KVSWATCH_DATA_DIR to another folder"
        )
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def check_data(home: Path, user: ServerUser, major: int) -> bool:
    """Return whether there is a cluster in `home` that this Postgres can run; False when there is none yet.

    Raises:
        DataFolderRefused: it is another's, half of one, of another major version, or out of the user's reach.
    """
    blocked = blocking_folder(home, user.uid, user.gid)
    if blocked is not None:
        raise DataFolderRefused(
            f"the database's user {user.name} may not pass {blocked}: "
            f"set KVSWATCH_DATA_DIR to a folder outside it (for root /var/lib/kvswatch)"
        )
    data = home / "data"
    if not data.exists() or not any(data.iterdir()):
        return False
    if not (data / "PG_VERSION").is_file():
        raise DataFolderRefused(f"{data} holds files but no database: move it away, or restore it from a backup")
    if not (data / MARK).is_file():
        raise DataFolderRefused(
            f"{data} is the database of another Postgres server, not made by kvswatch: "
            "set KVSWATCH_DATA_DIR to another folder, or reach that server with KVSWATCH_DATABASE_URL"
        )
    found = (data / "PG_VERSION").read_text().strip()
    if found != str(major):
        raise DataFolderRefused(
            f"{data} was made by PostgreSQL {found}, and PostgreSQL {major} is installed: "
            f"dump it with version {found} (pg_dump) and load it into a new folder, "
            f"or go back to the release of kvswatch that ran it"
        )
    return True


def create(home: Path, user: ServerUser, initdb: list[str], single: list[str]) -> None:
    """Make the cluster and its database beside their place, and move them there when they are whole.

    `initdb` and `single` are the commands up to the folder's name (the caller knows how to drop privileges).

    Raises:
        ServerFailed: with the last lines that initdb or the server wrote.
    """
    unfinished = home / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was killed
    unfinished.mkdir(mode=0o700)
    os.chown(unfinished, user.uid, user.gid)
    _run([*initdb, *INITDB, f"--username={SUPERUSER}", f"--pgdata={unfinished}"], "")
    _run([*single, "--single", "-D", str(unfinished), "postgres"], f"CREATE DATABASE {DATABASE}\n")
    (unfinished / MARK).write_text("This database was made by kvswatch.\n")
    (home / "data").mkdir(exist_ok=True)  # an empty one may have been there: rename(2) replaces it
    unfinished.rename(home / "data")


INITDB = (
    "--auth-local=peer",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--lc-collate=C",  # by bytes, compared without the C library: quick, and no update of it can break an index
    "--data-checksums",
    "--no-instructions",
)


def write_authentication(home: Path, user: ServerUser) -> None:
    """Let this user, the server's and root in by what the kernel says of them, and nobody else.

    Written at every start: the user may have another name since the last one.
    """
    names = sorted({user.name, _name_of(os.geteuid()), "root"})
    lines = [f"kvswatch {name} {SUPERUSER}\n" for name in names]
    for name, text in (("pg_ident.conf", "".join(lines)), ("pg_hba.conf", "local all all peer map=kvswatch\n")):
        path = home / "data" / name
        path.write_text(text)
        os.chown(path, user.uid, user.gid)


@dataclass(frozen=True, slots=True)
class PidFile:
    """What a server writes of itself to data/postmaster.pid (miscadmin.h: LOCK_FILE_LINE_*)."""

    pid: int
    socket_folder: Path
    status: str  # starting, stopping, ready, standby; empty while the file is being written


def read_pid_file(home: Path) -> PidFile | None:
    """Return what the server of `home` says of itself; None when there is none, or not yet all of it."""
    try:
        lines = (home / "data" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise refusal(home, error) from error
    if len(lines) < 8:  # noqa: PLR2004 - the status is the eighth line
        return None
    return PidFile(int(lines[0]), Path(lines[4]), lines[7].strip())


def remove_stale_pid_file(home: Path) -> None:
    """Remove the file that a server left when the machine lost power, if its number now is another process's.

    Postgres would refuse to start beside that process. The caller holds the lock, so none of our servers runs;
    one that was started by hand has its working directory in data/.
    """
    path = home / "data" / "postmaster.pid"
    if not path.exists():
        return
    first = path.read_text().partition("\n")[0].strip()
    try:
        runs_here = first.isdecimal() and Path(f"/proc/{first}/cwd").resolve(strict=True) == (home / "data").resolve()
    except OSError:
        runs_here = False
    if not runs_here:
        path.unlink()


def refusal(home: Path, error: OSError) -> DataFolderRefused:
    """Return the refusal for a folder that this user may not use, or that cannot be made."""
    owner = f" (it belongs to user {_name_of(home.stat().st_uid)})" if home.exists() else ""
    return DataFolderRefused(
        f"cannot use {error.filename or home}: {error.strerror}{owner}: "
        "run kvswatch as its owner or as root, or set KVSWATCH_DATA_DIR to a folder of your own"
    )


def socket_folder(home: Path) -> Path:
    """Return where the socket of `home` lies: in `run` of it, or in a short path where that one is too long."""
    folder = home / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) <= SUN_PATH:
        return folder
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path("/run" if os.geteuid() == 0 else "/tmp") / f"kvswatch-{digest}"  # noqa: S108 - checked where it is made


def make_socket_folder(home: Path, user: ServerUser) -> Path:
    """Make the private folder of the socket, and return it.

    Raises:
        DataFolderRefused: the short folder is somebody else's.
    """
    folder = socket_folder(home)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        _require_own_folder(folder, user)
    os.chown(folder, user.uid, user.gid)
    return folder


def _require_own_folder(folder: Path, user: ServerUser) -> None:
    """Refuse a link or another's folder: /tmp is everyone's, and whoever owns the folder could play the server."""
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid in {user.uid, os.geteuid()} and not found.st_mode & 0o077:
        return
    raise DataFolderRefused(
        f"{folder}, the place of the database's socket, is not a private folder of {user.name}: "
        "remove it, or set KVSWATCH_DATA_DIR to a folder with a shorter path"
    )


def remove_socket_folder(home: Path) -> None:
    """Remove the short folder outside `home`, with what a killed server left in it; the server is gone by now."""
    folder = socket_folder(home)
    if folder.parent == home or folder.is_symlink() or not folder.is_dir():
        return
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (folder / name).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def memory_bytes(cgroup_limit: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """Return the machine's memory, or what a container may use of it (Linux, cgroup v2: a number or "max")."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = cgroup_limit.read_text().strip() if cgroup_limit.is_file() else ""
    return min(machine, int(limit)) if limit.isdecimal() else machine


def server_settings(socket_folder: Path, memory_bytes: int) -> dict[str, str]:
    """Return the server's settings for a machine with `memory_bytes`: a quarter of it, at most 4 GB, for buffers.

    A quarter: PostgreSQL 18, "Resource Consumption", shared_buffers. Memory is taken as pages are read, not before.
    """
    buffers_mb = max(32, min(4096, memory_bytes // 4 // 2**20))
    return {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(socket_folder),
        "unix_socket_permissions": "0700",
        "shared_buffers": f"{buffers_mb}MB",
        "effective_cache_size": f"{max(64, memory_bytes // 2 // 2**20)}MB",
        "maintenance_work_mem": "128MB",
        "work_mem": "16MB",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "checkpoint_timeout": "15min",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_destination": "stderr",
        "logging_collector": "off",
        "log_line_prefix": "%m [%p] ",
    }


def _run(command: list[str], text: str) -> None:
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0 or "ERROR:" in done.stderr:
        raise ServerFailed(f"cannot make the database: {' '.join((done.stderr or done.stdout).split()[-60:])}")


def _system_user(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        pass
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", name], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise DataFolderRefused(
            f"Postgres does not run as root, and the system user {name} cannot be made: {said.strip()}; "
            "make it yourself, run kvswatch as another user, or set KVSWATCH_DATABASE_URL"
        ) from error
    return pwd.getpwnam(name)


def _user_of(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise DataFolderRefused(
            f"user id {uid} has no name in /etc/passwd, which Postgres needs: add one, or set KVSWATCH_DATABASE_URL"
        ) from None


def _name_of(uid: int | None) -> str:
    return "nobody" if uid is None else _user_of(uid).pw_name
