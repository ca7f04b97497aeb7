"""Each clause of docs/decisions/0001-embedded-postgres.md, on real servers and real processes."""

import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import structlog
from sqlalchemy import make_url

from app.db.binaries import find_binaries
from app.db.embedded import EmbeddedPostgres
from app.db.errors import DataFolderRefused, ServerFailed
from tests.builders.programs import empty_home

ROOT = Path(__file__).parents[2]
QUICK = {"shared_buffers": "32MB", "fsync": "off"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may pass every folder")


@contextmanager
def short_folder() -> Iterator[Path]:
    """Yield a short path that the database's user may pass; nothing may run there in the end."""
    with empty_home() as folder:
        yield folder / "pg"
        assert eventually(lambda: not processes_of(folder / "pg"))


@pytest.fixture
def home() -> Iterator[Path]:
    """The folder of a database that is not made yet."""
    with short_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def first_made() -> Iterator[Path]:
    """The folder of a database that was made and stopped, to be copied: to make one takes ten times as long."""
    with short_folder() as folder:
        with EmbeddedPostgres(folder, settings=QUICK):
            pass
        (folder / "postgres.log").unlink()  # tests read what the server says to them
        yield folder


@pytest.fixture
def stopped(home: Path, first_made: Path) -> Path:
    """The folder of a database that was made and stopped."""
    subprocess.run(["cp", "-a", first_made, home], check=True)
    return home


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """A running server that several tests share: none of them stops it."""
    with short_folder() as folder, EmbeddedPostgres(folder, settings=QUICK) as server:
        yield server


def connect(url: str) -> psycopg.Connection:
    parts = make_url(url)
    return psycopg.connect(
        host=parts.query["host"], port=parts.query["port"], user=parts.username, dbname=parts.database, autocommit=True
    )


def ask(url: str, question: str):
    with connect(url) as connection:
        return connection.execute(question).fetchone()[0]


def eventually(happened: Callable[[], bool], within_s: float = 20) -> bool:
    """Return whether it happened; looks again every few milliseconds, and gives up after `within_s`."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.01)
    return False


def answers(url: str) -> bool:
    try:
        return ask(url, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def postmaster(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().splitlines()[0])


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_free(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def processes_of(home: Path) -> list[int]:
    """Return the processes whose working directory is the cluster: postmaster, helpers and sessions."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "cwd").readlink() == home / "data":
                found.append(int(path.name))
        except OSError:
            continue
    return found


HOLDER = """
import sys, threading
from pathlib import Path
from app import logs
from app.db.embedded import EmbeddedPostgres
logs.configure("info")
server = EmbeddedPostgres(Path(sys.argv[1]), settings={"shared_buffers": "32MB", "fsync": "off"})
print(server.start(), flush=True)
for line in sys.stdin:
    print(server.is_owner, flush=True)
server.stop()
"""


class Process:
    """Another kvswatch process that has started the database of `home`, or has connected to it."""

    def __init__(self, home: Path, program: str = HOLDER):
        self.popen = subprocess.Popen(
            [sys.executable, "-c", program, str(home)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = self.popen.stdout.readline().strip()

    def is_owner(self) -> bool:
        self.popen.stdin.write("\n")
        self.popen.stdin.flush()
        return self.popen.stdout.readline() == "True\n"

    def leave(self) -> None:
        self.popen.stdin.close()
        self.popen.wait(60)
        self.popen.stdout.close()

    def kill(self) -> None:
        self.popen.kill()
        self.leave()


@pytest.fixture
def other_process() -> Iterator[Callable[..., Process]]:
    started = []

    def start(home: Path, program: str = HOLDER) -> Process:
        started.append(Process(home, program))
        return started[-1]

    yield start
    for process in started:
        if process.popen.poll() is None:
            process.kill()


# ---------------------------------------------------------------- who gets in


def test_it_opens_no_tcp_port(server: EmbeddedPostgres):
    assert ask(server.url, "SHOW listen_addresses") == ""


def test_it_lets_in_whom_the_kernel_names_and_nobody_else(server: EmbeddedPostgres):
    rules = "SELECT string_agg(concat_ws(' ', type, user_name[1], auth_method), ';') FROM pg_hba_file_rules"

    assert ask(server.url, rules) == "local all peer"


def test_it_keeps_data_and_socket_to_the_servers_user(server: EmbeddedPostgres):
    modes = {name: (server.home / name).stat().st_mode & 0o777 for name in ("data", "run", "postgres.log")}

    assert modes == {"data": 0o700, "run": 0o700, "postgres.log": 0o600}


@as_root
def test_it_refuses_another_user_even_at_an_open_socket(stopped: Path):
    program = (
        "import os, sys, psycopg; os.setgid(65534); os.setuid(65534); "
        "psycopg.connect(host=sys.argv[1], user='kvswatch', dbname='kvswatch')"
    )
    with EmbeddedPostgres(stopped, settings=QUICK):
        (stopped / "run").chmod(0o755)
        (stopped / "run" / ".s.PGSQL.5432").chmod(0o777)
        command = [sys.executable, "-c", program, stopped / "run"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "Peer authentication failed" in done.stderr


@as_root
def test_it_runs_a_copy_of_programs_that_its_user_cannot_reach(home: Path):
    site = home.parent / "closed" / "site"
    site.parent.mkdir(mode=0o700)
    package = find_binaries().parents[1]
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(name), site / name, symlinks=True)
    program = (
        "import sys; from pathlib import Path; from app.db.embedded import EmbeddedPostgres\n"
        "with EmbeddedPostgres(Path(sys.argv[1])): pass"
    )
    command = [sys.executable, "-c", program, home]
    environment = os.environ | {"PYTHONPATH": f"{site}:{ROOT}"}

    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    copied = (home / "binaries" / "stamp").stat().st_mtime_ns
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)

    assert (home / "binaries" / "stamp").stat().st_mtime_ns == copied
    assert site.parent.stat().st_mode & 0o777 == 0o700


# ---------------------------------------------------------------- what is made


def test_it_checks_its_pages_and_sorts_by_bytes(server: EmbeddedPostgres):
    assert ask(server.url, "SHOW data_checksums") == "on"
    locale = "SELECT datcollate || ' ' || datctype FROM pg_database WHERE datname = current_database()"
    assert ask(server.url, locale) == "C C.UTF-8"
    assert ask(server.url, "SHOW timezone") == "UTC"


def test_it_keeps_what_was_written_over_a_stop(stopped: Path):
    with EmbeddedPostgres(stopped, settings=QUICK) as server, connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    with EmbeddedPostgres(stopped, settings=QUICK) as server:
        assert ask(server.url, "SELECT answer FROM kept") == 42


def test_it_gives_the_same_url_when_started_twice(server: EmbeddedPostgres):
    assert server.start() == server.url


def test_it_makes_the_database_anew_when_making_it_was_interrupted(home: Path):
    (home / "data.new").mkdir(parents=True)
    (home / "data.new" / "PG_VERSION").write_text("18\n")
    (home / "lock").touch()

    with EmbeddedPostgres(home, settings=QUICK) as server:
        assert answers(server.url)
    assert not (home / "data.new").exists()


def test_it_takes_settings_of_the_caller(stopped: Path):
    with EmbeddedPostgres(stopped, settings=QUICK | {"max_connections": "17"}) as server:
        assert ask(server.url, "SHOW max_connections") == "17"


@as_root
def test_it_runs_as_a_user_without_login_when_root_asks(server: EmbeddedPostgres):
    uid = Path(f"/proc/{postmaster(server.home)}").stat().st_uid

    assert pwd.getpwuid(uid).pw_name == "kvswatch"
    assert pwd.getpwuid(uid).pw_shell == "/usr/sbin/nologin"


@as_root
def test_it_gives_the_server_no_group_of_root(server: EmbeddedPostgres):
    status = Path(f"/proc/{postmaster(server.home)}/status").read_text()

    assert re.search(r"^Groups:\s*$", status, re.MULTILINE)


@as_root
def test_it_makes_the_named_system_user(home: Path):
    name = f"kvsw{os.getpid()}"
    try:
        with EmbeddedPostgres(home, settings=QUICK, system_user=name):
            assert pwd.getpwuid((home / "data").stat().st_uid).pw_name == name
    finally:
        subprocess.run(["userdel", name], check=True)


@as_root
def test_it_loosens_no_folder_on_the_way(home: Path):
    before = home.parent.stat().st_mode
    closed = home.parent / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(DataFolderRefused, match=f"may not pass {closed}"):
        EmbeddedPostgres(closed / "pg").start()

    assert (home.parent.stat().st_mode, closed.stat().st_mode & 0o777) == (before, 0o700)


# ---------------------------------------------------------------- who lives and who dies


def test_it_leaves_no_process_when_stopped(stopped: Path):
    server = EmbeddedPostgres(stopped, settings=QUICK)
    server.start()
    assert processes_of(stopped)

    server.stop()

    assert processes_of(stopped) == []


def test_it_stops_before_the_interpreter_ends(stopped: Path, other_process: Callable[..., Process]):
    # What was noted for the exit first runs last: it sees what the database's own note has left behind.
    look = (
        "import atexit; atexit.register(lambda: print((server.home / 'data' / 'postmaster.pid').exists(), flush=True))"
    )
    process = other_process(stopped, look + HOLDER.replace("server.stop()", ""))

    process.popen.stdin.close()

    assert process.popen.stdout.readline() == "False\n"
    process.leave()
    assert "database system is shut down" in (stopped / "postgres.log").read_text()


def test_it_dies_with_its_killed_parent_by_a_clean_shutdown(stopped: Path, other_process: Callable[..., Process]):
    process = other_process(stopped)
    with connect(process.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    pid = postmaster(stopped)

    process.kill()

    assert eventually(lambda: not is_running(pid))
    assert not (stopped / "data" / "postmaster.pid").exists()
    with EmbeddedPostgres(stopped, settings=QUICK) as server:
        assert ask(server.url, "SELECT answer FROM kept") == 42
    assert "not properly shut down" not in (stopped / "postgres.log").read_text()


def test_it_outlives_the_thread_that_started_it(stopped: Path):
    server = EmbeddedPostgres(stopped, settings=QUICK)
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    pid = postmaster(stopped)

    # The kernel would have sent the signal at the thread's end: a question answered after it proves it did not.
    assert eventually(lambda: not Path(f"/proc/self/task/{starter.native_id}").exists())
    assert answers(server.url)
    assert postmaster(stopped) == pid
    server.stop()


def test_it_starts_again_when_the_server_is_killed(server: EmbeddedPostgres):
    with connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    pid = postmaster(server.home)

    os.kill(pid, signal.SIGKILL)

    assert eventually(lambda: answers(server.url) and postmaster(server.home) != pid)
    assert ask(server.url, "SELECT answer FROM kept") == 42


def test_it_stops_at_once_while_it_recovers_from_a_crash(stopped: Path):
    log = stopped / "postgres.log"
    for _ in range(4):  # Postgres itself waits for ever in one of three
        with EmbeddedPostgres(stopped, settings=QUICK) as server, connect(server.url) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)
            assert eventually(lambda: b"reinitializing" in log.read_bytes())
            begun = time.monotonic()
        assert time.monotonic() - begun < 20
        log.unlink()


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """The folder of a database to be, on a disk of 100 MB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=100m,mode=0711", "none", home.parent]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield home
    assert eventually(lambda: not processes_of(home))
    subprocess.run(["umount", home.parent], check=True)


def fill(disk: Path) -> Path:
    """Leave no room, also of what became free since; return the file to remove."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while file.write(bytes(65536)):
            pass
    return ballast


def fill_its_log(url: str) -> None:
    """Write 100 MB to the server's log of changes, at once: the room of several lesser parts it may use again."""
    with connect(url) as connection:
        connection.execute("SELECT pg_logical_emit_message(true, '', repeat('x', 100000000))")


@as_root
def test_it_waits_for_room_on_a_full_disk(small_disk: Path):
    said = structlog.testing.LogCapture()
    log = structlog.wrap_logger(structlog.PrintLogger(), processors=[said], wrapper_class=structlog.BoundLogger)
    with EmbeddedPostgres(small_disk, settings=QUICK | {"max_wal_size": "32MB"}, log=log) as server:
        with connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        ballast = fill(small_disk.parent)
        with pytest.raises(psycopg.OperationalError):
            fill_its_log(server.url)

        def is_told() -> bool:
            # A server that crashes may give back a file, and come up again with it.
            fill(small_disk.parent)
            with suppress(psycopg.OperationalError):
                fill_its_log(server.url)
            words = "No space left on device; free some space on its disk"
            return any(words in entry.get("reason", "") for entry in said.entries)

        assert eventually(is_told)
        ballast.unlink()

        assert eventually(lambda: answers(server.url))
        assert ask(server.url, "SELECT answer FROM kept") == 42


@as_root
def test_a_disk_without_room_for_the_database_is_told(small_disk: Path):
    fill(small_disk.parent)
    with pytest.raises(ServerFailed, match="No space left on device"):
        EmbeddedPostgres(small_disk, settings=QUICK).start()


def test_it_does_not_stop_the_server_from_a_forked_child(server: EmbeddedPostgres):
    child = os.fork()
    if child == 0:
        server.stop()
        os._exit(0)
    os.waitpid(child, 0)

    assert answers(server.url)


def test_it_ignores_the_pid_of_a_server_that_lost_power(stopped: Path):
    # The number that the old server had is now another process's, of the same user: Postgres alone would give way.
    owner = (stopped / "data").stat()
    other = subprocess.Popen(["sleep", "600"], user=owner.st_uid, group=owner.st_gid, extra_groups=None)
    text = f"{other.pid}\n{stopped}/data\n0\n5432\n{stopped}/run\n\n  1 2\nready   \n"
    (stopped / "data" / "postmaster.pid").write_text(text)

    with EmbeddedPostgres(stopped, settings=QUICK) as server:
        assert answers(server.url)

    other.kill()
    other.wait()


# ---------------------------------------------------------------- several processes


def test_it_connects_a_second_process_instead_of_starting(
    server: EmbeddedPostgres, other_process: Callable[..., Process]
):
    pid = postmaster(server.home)
    second = other_process(server.home)

    assert second.url == server.url
    assert not second.is_owner()
    assert postmaster(server.home) == pid


def test_it_keeps_the_server_when_a_guest_leaves(server: EmbeddedPostgres, other_process: Callable[..., Process]):
    guest = other_process(server.home)
    with connect(server.url) as connection:
        guest.leave()

        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("parting", ["leave", "kill"])
def test_it_takes_the_server_over_when_its_owner_parts(
    stopped: Path, other_process: Callable[..., Process], parting: str
):
    owner = other_process(stopped)
    guest = EmbeddedPostgres(stopped, settings=QUICK)
    url = guest.start()
    pid = postmaster(stopped)
    assert not guest.is_owner

    getattr(owner, parting)()

    assert eventually(lambda: answers(url) and postmaster(stopped) != pid)
    assert guest.is_owner
    guest.stop()
    assert processes_of(stopped) == []


def test_it_starts_one_server_when_two_start_at_once(home: Path):
    servers = [EmbeddedPostgres(home, settings=QUICK) for _ in range(2)]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(server.is_owner for server in servers) == [False, True]
    assert servers[0].url == servers[1].url
    for server in servers:
        server.stop()


def test_it_releases_its_lock_on_stop(stopped: Path):
    server = EmbeddedPostgres(stopped, settings=QUICK)
    server.start()

    server.stop()

    assert is_free(stopped / "lock")


def test_it_holds_its_lock_until_the_last_process_of_the_server_is_gone(
    stopped: Path, other_process: Callable[..., Process]
):
    process = other_process(stopped)
    session = connect(process.url)
    pid = session.info.backend_pid
    os.kill(pid, signal.SIGSTOP)  # a session that cannot end

    process.kill()

    held = not is_free(stopped / "lock")
    os.kill(pid, signal.SIGCONT)
    session.close()
    assert held
    assert eventually(lambda: is_free(stopped / "lock"))


# ---------------------------------------------------------------- long paths


def test_it_puts_the_socket_into_a_short_private_folder_when_the_path_is_long(home: Path):
    long = home / ("x" * 100)
    with EmbeddedPostgres(long, settings=QUICK) as server:
        folder = Path(make_url(server.url).query["host"])
        assert answers(server.url)
        assert not folder.is_relative_to(long)
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_it_gives_every_process_the_same_short_folder(home: Path, other_process: Callable[..., Process]):
    long = home / ("x" * 100)
    with EmbeddedPostgres(long, settings=QUICK) as server:
        assert other_process(long).url == server.url


# ---------------------------------------------------------------- refusals


def test_it_refuses_a_folder_with_files_of_others(home: Path):
    home.mkdir()
    (home / "thesis.odt").touch()

    with pytest.raises(DataFolderRefused, match=r"thesis\.odt.*KVSWATCH_DATA_DIR"):
        EmbeddedPostgres(home).start()

    assert [path.name for path in home.iterdir()] == ["thesis.odt"]


def test_it_refuses_the_database_of_another_server(stopped: Path):
    (stopped / "data" / "kvswatch").unlink()

    with pytest.raises(DataFolderRefused, match="not made by kvswatch"):
        EmbeddedPostgres(stopped).start()


def test_it_refuses_another_major_version_and_names_both(stopped: Path):
    (stopped / "data" / "PG_VERSION").write_text("17\n")

    with pytest.raises(DataFolderRefused, match=r"made by PostgreSQL 17, and PostgreSQL 18 is installed.*pg_dump"):
        EmbeddedPostgres(stopped).start()


def test_it_refuses_data_that_is_no_database(stopped: Path):
    (stopped / "data" / "PG_VERSION").unlink()

    with pytest.raises(DataFolderRefused, match="files but no database"):
        EmbeddedPostgres(stopped).start()


def test_it_says_what_the_server_said_when_the_data_are_broken(stopped: Path):
    (stopped / "data" / "global" / "pg_control").unlink()

    with pytest.raises(ServerFailed, match="pg_control"):
        EmbeddedPostgres(stopped, settings=QUICK).start()


def test_it_can_start_after_a_refusal_was_mended(stopped: Path):
    version = stopped / "data" / "PG_VERSION"
    version.write_text("17\n")
    server = EmbeddedPostgres(stopped, settings=QUICK)
    with pytest.raises(DataFolderRefused):
        server.start()

    version.write_text("18\n")

    assert answers(server.start())
    server.stop()


@as_root
def test_it_runs_the_data_of_a_user_as_that_user_when_root_asks(stopped: Path):
    nobody = pwd.getpwnam("nobody")
    subprocess.run(["chown", "-R", f"{nobody.pw_uid}:{nobody.pw_gid}", stopped / "data", stopped / "run"], check=True)

    with EmbeddedPostgres(stopped, settings=QUICK) as server:
        assert answers(server.url)
        assert Path(f"/proc/{postmaster(stopped)}").stat().st_uid == nobody.pw_uid


@as_root
def test_it_refuses_an_ordinary_user_at_the_folder_of_another(stopped: Path):
    program = (
        "import os, sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from app.db.embedded import EmbeddedPostgres\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "EmbeddedPostgres(Path(sys.argv[1])).start()"
    )
    command = [sys.executable, "-c", program, str(stopped), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert re.search(r"DataFolderRefused: .*belongs to user root.*KVSWATCH_DATA_DIR", done.stderr)


@as_root
def test_it_refuses_to_run_the_server_as_root(home: Path):
    with pytest.raises(DataFolderRefused, match="name another system user"):
        EmbeddedPostgres(home, system_user="root").start()


@as_root
def test_it_refuses_a_system_user_that_cannot_be_made(home: Path):
    with pytest.raises(DataFolderRefused, match="system user no such: name cannot be made"):
        EmbeddedPostgres(home, system_user="no such: name").start()


@as_user
def test_it_refuses_a_folder_that_cannot_be_made():
    with pytest.raises(DataFolderRefused, match="KVSWATCH_DATA_DIR"):
        EmbeddedPostgres(Path("/proc/kvswatch/pg")).start()
