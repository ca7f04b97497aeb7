"""What CloudTrail's event history and CloudWatch know: every management event, and every request, logged or not."""

import threading
import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from app.core.kvs.actions import STREAM_EVENTS
from app.demo.happening import Happening

_CHUNK_S = 21_600
_LEVEL = 1


class OrganizationHistory:
    """Filled in order of time as the archive is; management events lie compressed, in chunks of six hours."""

    def __init__(self) -> None:
        self._chunks: defaultdict[tuple[str, str], dict[int, list[bytes]]] = defaultdict(dict)
        self._times: defaultdict[tuple[str, str], dict[tuple[str, str], array[int]]] = defaultdict(dict)
        self._lock = threading.Lock()

    def add(self, happenings: Iterable[Happening]) -> None:
        """Add what happened after all that was added before."""
        management: defaultdict[tuple[str, str, int], list[bytes]] = defaultdict(list)
        with self._lock:
            for happening in happenings:
                if not happening.is_data:
                    chunk = happening.at // _CHUNK_S
                    management[happening.account, happening.region, chunk].append(happening.raw)
                # Channels have other metrics, by SignalingChannelName: none counts their requests.
                elif happening.stream is not None and happening.resource_type == STREAM_EVENTS:
                    times = self._times[happening.account, happening.region]
                    times.setdefault((happening.stream, happening.action), array("L")).append(happening.at)
            for (account, region, chunk), rows in management.items():
                packed = zlib.compress(b"[" + b",".join(rows) + b"]", _LEVEL)
                self._chunks[account, region].setdefault(chunk, []).append(packed)

    def events(self, account: str, region: str, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
        """Yield the management records between the two times, both included, newest first."""
        with self._lock:
            chunks = {chunk: list(packed) for chunk, packed in self._chunks[account, region].items()}
        first, last = start.strftime("%Y-%m-%dT%H:%M:%SZ"), end.strftime("%Y-%m-%dT%H:%M:%SZ")
        for chunk in sorted(chunks, reverse=True):
            if not int(start.timestamp()) // _CHUNK_S <= chunk <= int(end.timestamp()) // _CHUNK_S:
                continue
            rows: list[dict[str, Any]] = [
                row for packed in chunks[chunk] for row in msgspec.json.decode(zlib.decompress(packed))
            ]
            rows.sort(key=lambda row: (row["eventTime"], row["eventID"]), reverse=True)
            yield from (row for row in rows if first <= row["eventTime"] <= last)

    def times(self, account: str, region: str, stream: str, action: str) -> Sequence[int]:
        """Return when each request came, oldest first (seconds since the epoch)."""
        with self._lock:
            return self._times[account, region].get((stream, action), array("L"))[:]

    def metrics(self, account: str, region: str) -> list[tuple[str, str]]:
        """Return each (stream, action) that was called."""
        with self._lock:
            return sorted(self._times[account, region])
