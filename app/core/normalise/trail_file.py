"""A whole log file, or one record on its own, becomes what is stored of it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from app.core.ledger.look import looks_of
from app.core.model.batch import Arrival, Rejected
from app.core.model.event import Event, Record
from app.core.model.session import IssuedSession, IssuedToken
from app.core.normalise.record import NOWHERE, Place, event, issued_session, issued_token
from app.core.trailfile.gunzip import MAX_BYTES, FileTooLarge, UnreadableFile, gunzip
from app.core.trailfile.keys import file_key
from app.core.trailfile.records import Extraction, Kept, extract, rejected
from app.core.trailfile.shape import MalformedRecord, Shape, storable

WHOLE_FILE = "the whole file"
RECORD_OF = "record of %Y-%m-%dT%H:%M:%SZ"
_GZIP = b"\x1f\x8b"


def arrival_of_file(blob: bytes, origin: str, limit: int = MAX_BYTES, *, is_hashed: bool = False) -> Arrival:
    """Return what is stored of the log file `blob`, gzip or plain JSON, that lay at `origin`.

    `is_hashed`: with its SHA-256, which a digest may list.

    A key of a trail's bucket in `origin` fills in the account and Region that old records lack. A file that cannot be
    read is one rejection that names the reason.
    """
    key = file_key(origin)
    place = NOWHERE if key is None else Place(key.account, key.region)
    text: bytes | bytearray
    try:
        if not blob.startswith(_GZIP) and blob.lstrip().startswith((b"{", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            text = _within(blob, limit)
        else:
            text = gunzip(blob, limit)
    except FileTooLarge as error:
        # Nothing says that it would not open: its digest waits for it.
        return Arrival(storable(origin), place.account, rejected=(Rejected(WHOLE_FILE, str(error), b"", error.least),))
    except UnreadableFile as error:
        return Arrival(
            storable(origin), place.account, rejected=(Rejected(WHOLE_FILE, str(error), b""),), is_unreadable=is_hashed
        )
    arrival = _arrival(extract(text), origin, place)
    return replace(arrival, sha256=hashlib.sha256(text).hexdigest()) if is_hashed else arrival


def arrival_of_record(raw: bytes, origin: str, place: Place = NOWHERE, at: datetime | None = None) -> Arrival:
    """Return what is stored of one record, as LookupEvents and CloudWatch Logs give it; an empty one is rejected.

    `at` is when its call was, as the source says beside it: by that a rejected one is named.
    """
    if raw.strip():
        arrival = _arrival(extract(b'{"Records":[' + raw + b"]}"), origin, place)
    else:
        empty = (rejected("record 1", "the record is empty", raw),)
        arrival = Arrival(storable(origin), place.account, 1, rejected=empty)
    if at is None or not arrival.rejected:
        return arrival
    name = at.astimezone(UTC).strftime(RECORD_OF)
    return replace(arrival, rejected=tuple(replace(one, place=name) for one in arrival.rejected))


def time_of_record(place: str) -> datetime | None:
    """Return when the call of a rejected record was by the record's `place`; None: it does not tell."""
    try:
        return datetime.strptime(place, RECORD_OF).replace(tzinfo=UTC)
    except ValueError:
        return None


def _within(text: bytes, limit: int) -> bytes:
    if len(text) > limit:
        raise FileTooLarge(f"{len(text):,} bytes, uncompressed, are more than {limit:,}", limit)
    return text


def _arrival(extraction: Extraction, origin: str, place: Place) -> Arrival:
    records: list[Record] = []
    refused = list(extraction.rejected)

    def events(of: list[Kept]) -> list[tuple[Shape, Event]]:
        made = list(_made(of, place, event, refused))
        records.extend(Record(one, kept.raw) for kept, one in made)
        return [(kept.shape, one) for kept, one in made]

    calls = events(extraction.kvs)
    events(extraction.trail)
    events(extraction.access)
    sessions = [(kept.shape, one) for kept, one in _made(extraction.sessions, place, issued_session, refused)]
    return Arrival(
        storable(origin),
        place.account,
        extraction.total,
        len(extraction.kvs),
        tuple(records),
        tuple(session for _, session in sessions),
        tuple(refused),
        looks_of(calls, sessions),
        tuple(_tokens(extraction.tokens, place)),
    )


def _tokens(found: Iterable[Kept], place: Place) -> Iterator[IssuedToken]:
    """Yield what GetSessionToken gave out. Such a record is not kept, and so not rejected either."""
    for each in found:
        with suppress(MalformedRecord):
            token = issued_token(each.shape, each.raw, place)
            if token is not None:
                yield token


_Made = TypeVar("_Made", Event, IssuedSession)


def _made(
    kept: Iterable[Kept], place: Place, make: Callable[[Shape, bytes, Place], _Made], refused: list[Rejected]
) -> Iterator[tuple[Kept, _Made]]:
    """Yield what `make` makes of each record; what it refuses goes to `refused`."""
    for each in kept:
        try:
            yield each, make(each.shape, each.raw, place)
        except MalformedRecord as error:
            refused.append(rejected(f"record {each.index + 1}", str(error), each.raw))
