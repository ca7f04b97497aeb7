"""What can be wrong with the database, each as an exception whose message says what to do.

KvswatchError
├── InvalidInput
│   └── DataFolderRefused   the folder of the embedded database cannot be used as it is
├── ServerFailed            the embedded database does not start
└── CouldNotLook
    ├── DatabaseUnreachable no connection to the database of a URL
    └── TooSlow             a statement did not end in the time that it was given
"""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from app.core.errors import CouldNotLook, InvalidInput, KvswatchError

_TODO = {
    "53100": "the disk is full: free some space; the worker then goes on by itself, a command has to be started again",
    "53200": "the server is out of memory",
    "53300": "raise the server's max_connections, or lower KVSWATCH_WORKERS",
    "25006": "the database is read-only: name the primary server in KVSWATCH_DATABASE_URL",
}
"""What to do, by SQLSTATE: PostgreSQL documentation, appendix A."""
QUERY_CANCELED = "57014"


class DataFolderRefused(InvalidInput):
    """The folder of the embedded database is not usable: another's, of another version, out of reach."""


class ServerFailed(KvswatchError):
    """The embedded database does not start, or no server program was found."""


class DatabaseUnreachable(CouldNotLook):
    """No connection to the database can be made."""


class TooSlow(CouldNotLook):
    """A statement did not end in the time that it was given."""


def in_one_line(error: DBAPIError) -> str:
    """Return what the server or the driver said, without the statement and its values, and what to do if we know."""
    lines = [line.strip() for line in str(error.orig).strip().splitlines() if line.strip()]
    # The driver tells each address that it tried: the last one then.
    said = next(iter(lines[-1:] if lines[:1] and lines[0].startswith("Multiple") else lines), type(error.orig).__name__)
    todo = _TODO.get(getattr(error.orig, "sqlstate", None) or "")
    return f"{said} ({todo})" if todo else said


def is_passing(error: DBAPIError) -> bool:
    """Return whether the same may go well in a moment: no server was there, or another transaction was in the way."""
    state = getattr(error.orig, "sqlstate", None)
    # Class 08, 57P01 to 57P05; 40001, 40P01: PostgreSQL documentation, appendix A.
    return error.connection_invalidated or state is None or state.startswith(("08", "57P", "40"))


def is_locked(error: DBAPIError) -> bool:
    """Return whether another transaction was in the way for longer than the lock timeout, or for ever."""
    # lock_not_available, deadlock_detected: PostgreSQL documentation, appendix A.
    return getattr(error.orig, "sqlstate", None) in {"55P03", "40P01"}


def is_servers(error: DBAPIError) -> bool:
    """Return whether the trouble is the server's, for whoever runs it to mend; any other is a defect of ours."""
    return isinstance(error, OperationalError | InterfaceError) or getattr(error.orig, "sqlstate", None) in _TODO
