"""The archive buckets: objects in memory, keys in order.

moto sorts and filters a whole bucket for each page of a listing (151 ms of CPU for 1,000 of 2,001 keys): too slow for
a bucket that is polled.
"""

import bisect
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a bucket."""

    body: bytes
    modified_at: datetime
    metadata: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    content_encoding: str | None = None

    @property
    def etag(self) -> str:
        """S3's ETag of an object put in one piece: the MD5 of its body, in quotes."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


@dataclass(slots=True)
class Bucket:
    """One bucket. Keys are kept sorted by their UTF-8 bytes, as S3 lists them."""

    name: str
    account: str
    region: str
    objects: dict[str, StoredObject] = field(default_factory=dict)
    _keys: list[str] = field(default_factory=list)
    _is_sorted: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, key: str, stored: StoredObject) -> None:
        """Store an object, or replace one."""
        with self._lock:
            if key not in self.objects:
                self._is_sorted = self._is_sorted and (not self._keys or self._keys[-1] < key)
                self._keys.append(key)
            self.objects[key] = stored

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        with self._lock:
            if self.objects.pop(key, None) is not None:
                self._keys.remove(key)

    def list_keys(self, prefix: str = "", after: str = "") -> Iterator[str]:
        """Yield the keys with `prefix` that come after `after`, in order."""
        keys = self._sorted_keys()
        start = max(bisect.bisect_left(keys, prefix), bisect.bisect_right(keys, after) if after else 0)
        for at in range(start, len(keys)):
            if not keys[at].startswith(prefix):
                return
            yield keys[at]

    def _sorted_keys(self) -> list[str]:
        """Return the keys sorted; a list once given out is never changed, so that a listing stays whole."""
        with self._lock:
            if not self._is_sorted:
                self._keys = sorted(self._keys)
                self._is_sorted = True
            return self._keys[:]
