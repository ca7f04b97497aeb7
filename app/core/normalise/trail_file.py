"""A whole log file, or one record on its own, becomes what is stored of it."""

from dataclasses import dataclass, field

from app.core.model.event import Record
from app.core.model.session import IssuedSession
from app.core.normalise.record import NOWHERE, Place, event, issued_session
from app.core.trailfile.records import MAX_REJECTED, Extraction, Kept, Rejected, extract, without_tokens
from app.core.trailfile.shape import MalformedRecord


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file gave. `kvs` of the `records` are KVS calls; `total` counts all records, the skipped ones too."""

    total: int = 0
    kvs: int = 0
    records: list[Record] = field(default_factory=list)
    sessions: list[IssuedSession] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def decoded_file(text: bytes, place: Place = NOWHERE) -> Decoded:
    """Return what is kept of the uncompressed log file `text`; `place` is what its key says of account and Region."""
    return _decoded(extract(text), place)


def decoded_record(raw: bytes, place: Place = NOWHERE) -> Decoded:
    """Return what is kept of one record, as LookupEvents and CloudWatch Logs give it."""
    return _decoded(extract(b'{"Records":[' + raw + b"]}"), place)


def _decoded(extraction: Extraction, place: Place) -> Decoded:
    found = Decoded(extraction.total, len(extraction.kvs), rejected=list(extraction.rejected))
    for kept in (*extraction.kvs, *extraction.trail):
        try:
            found.records.append(Record(event(kept.shape, kept.raw, place), kept.raw))
        except MalformedRecord as error:
            found.rejected.append(_rejected(kept, error))
    for kept in extraction.sessions:
        try:
            found.sessions.append(issued_session(kept.shape, kept.raw, place))
        except MalformedRecord as error:
            found.rejected.append(_rejected(kept, error))
    return found


def _rejected(kept: Kept, error: MalformedRecord) -> Rejected:
    return Rejected(f"record {kept.index + 1}", str(error), without_tokens(kept.raw[:MAX_REJECTED]))
