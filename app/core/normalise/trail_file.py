"""A whole log file, or one record on its own, becomes what is stored of it."""

from app.core.model.batch import Arrival, Rejected
from app.core.model.event import Record
from app.core.model.session import IssuedSession
from app.core.normalise.record import NOWHERE, Place, event, issued_session
from app.core.trailfile.gunzip import HOW_TO_IMPORT, MAX_BYTES, FileTooLarge, UnreadableFile, gunzip
from app.core.trailfile.keys import file_key
from app.core.trailfile.records import MAX_REJECTED, Extraction, Kept, extract, without_tokens
from app.core.trailfile.shape import MalformedRecord, storable

WHOLE_FILE = "the whole file"
_GZIP = b"\x1f\x8b"


def arrival_of_file(blob: bytes, origin: str, limit: int = MAX_BYTES) -> Arrival:
    """Return what is stored of the log file `blob`, gzip or plain JSON, that lay at `origin`.

    A key of a trail's bucket in `origin` fills in the account and Region that old records lack. A file that cannot be
    read is one rejection that names the reason.
    """
    key = file_key(origin)
    place = NOWHERE if key is None else Place(key.account, key.region)
    try:
        if not blob.startswith(_GZIP) and blob.lstrip().startswith((b"{", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            text = _within(blob, limit)
        else:
            text = gunzip(blob, limit)
    except UnreadableFile as error:
        return Arrival(storable(origin), place.account, rejected=(Rejected(WHOLE_FILE, str(error), b""),))
    return _arrival(extract(text), origin, place)


def arrival_of_record(raw: bytes, origin: str, place: Place = NOWHERE) -> Arrival:
    """Return what is stored of one record, as LookupEvents and CloudWatch Logs give it."""
    return _arrival(extract(b'{"Records":[' + raw + b"]}"), origin, place)


def _within(text: bytes, limit: int) -> bytes:
    if len(text) > limit:
        raise FileTooLarge(f"{len(text):,} bytes are more than {limit:,}, the limit: {HOW_TO_IMPORT}")
    return text


def _arrival(extraction: Extraction, origin: str, place: Place) -> Arrival:
    records: list[Record] = []
    sessions: list[IssuedSession] = []
    rejected = list(extraction.rejected)
    for kept in (*extraction.kvs, *extraction.trail, *extraction.access):
        try:
            records.append(Record(event(kept.shape, kept.raw, place), kept.raw))
        except MalformedRecord as error:
            rejected.append(_rejected(kept, error))
    for kept in extraction.sessions:
        try:
            sessions.append(issued_session(kept.shape, kept.raw, place))
        except MalformedRecord as error:
            rejected.append(_rejected(kept, error))
    return Arrival(
        storable(origin),
        place.account,
        extraction.total,
        len(extraction.kvs),
        tuple(records),
        tuple(sessions),
        tuple(rejected),
    )


def _rejected(kept: Kept, error: MalformedRecord) -> Rejected:
    return Rejected(f"record {kept.index + 1}", str(error), without_tokens(kept.raw[:MAX_REJECTED]))
