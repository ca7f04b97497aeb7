"""What can be wrong with the database, each as an exception whose message says what to do.

KvswatchError
├── InvalidInput
│   └── DataFolderRefused   the folder of the embedded database cannot be used as it is
├── ServerFailed            the embedded database does not start
└── CouldNotLook
    └── DatabaseUnreachable no connection to the database of a URL
"""

from app.core.errors import CouldNotLook, InvalidInput, KvswatchError


class DataFolderRefused(InvalidInput):
    """The folder of the embedded database is not usable: another's, of another version, out of reach."""


class ServerFailed(KvswatchError):
    """The embedded database does not start, or no server program was found."""


class DatabaseUnreachable(CouldNotLook):
    """No connection to the database can be made."""
