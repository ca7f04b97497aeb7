"""What a file that is made piece by piece holds so far: its rows, its bytes and their SHA-256."""

import hashlib
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts while a file is made. `rows` are counted by whoever makes them, bytes by whoever sends them.

    `expected` are the rows of the whole file, None where nobody knows before it is made.
    """

    rows: int = 0
    expected: int | None = None
    size: int = 0
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)

    def take(self, chunk: bytes) -> None:
        """Count one piece more."""
        self.size += len(chunk)
        self._hash.update(chunk)

    @property
    def sha256(self) -> str:
        """The SHA-256 of all pieces so far, hexadecimal."""
        return self._hash.hexdigest()
