r"""From the bytes of a log file to the few records that are kept.

The borders of records come from a JSON parser, never from text: a caller may nest whole forged records in the
parameters of a call, and they look like top-level ones. Text search only says "no" early. Whatever the fast
way does not understand (white space that is no JSON, NaN, bad escapes, a truncated end) goes the careful way,
record by record, and what that cannot read is returned as rejected: nothing is dropped in silence.

The order of work and its costs are in docs/ingest.md; `bench/extraction.py` measures them.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, repeat
from operator import add, itemgetter

import msgspec

from app.core.model.batch import Rejected
from app.core.trailfile.borders import borders
from app.core.trailfile.kinds import ACCESS_NAMES, ALL_KINDS, SESSION_SOURCE, USER_SESSION_NAME, Kind, kind_of
from app.core.trailfile.needles import OF_TOKENS, find, hides_letters, is_named_twice, needles
from app.core.trailfile.shape import MalformedRecord, Shape, decoded


class Kept(msgspec.Struct, frozen=True, gc=False):
    """One kept record: its place in the file, its exact bytes, and what was decoded from them."""

    index: int
    raw: bytes
    shape: Shape


MAX_REJECTED = 256 << 10
"""The largest event that CloudTrail writes ("Quotas in AWS CloudTrail")."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one file holds. `skipped` counts the records that are of no kept kind, `tokens` among them.

    `tokens` are those of GetSessionToken, which are looked at where sessions are and then left behind.
    """

    total: int = 0
    kvs: list[Kept] = field(default_factory=list)
    sessions: list[Kept] = field(default_factory=list)
    trail: list[Kept] = field(default_factory=list)
    access: list[Kept] = field(default_factory=list)
    tokens: list[Kept] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def skipped(self) -> int:
        """How many records are of no kept kind."""
        kept = (self.kvs, self.sessions, self.trail, self.access)
        return max(0, self.total - sum(map(len, kept)) - len(self.rejected))


def extract(text: bytes | bytearray, kinds: frozenset[Kind] = ALL_KINDS) -> Extraction:
    """Return the records of `kinds` in the uncompressed log file `text`, in the file's order.

    A file is `{"Records": [...]}`; other keys beside Records, white space and a byte-order mark are accepted.
    """
    text = _in_utf8(text)
    wanted = (*needles(kinds), *_of_tokens(kinds))
    try:
        raws = _records(text).Records
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _extract_carefully(text, kinds)
    ends = [] if raws is None else _ends_if_compact(text, raws)
    if raws is None or (ends is None and is_named_twice(text)):
        return _extract_carefully(text, kinds)
    if hides_letters(text):
        candidates: Iterable[tuple[int, bytes]] = ((i, bytes(raw)) for i, raw in enumerate(raws))
    elif ends is None:
        candidates = _candidates_one_by_one(raws, wanted)
    else:
        hits = _hits(text, raws, ends, kinds) | _no_objects(text, ends)
        candidates = ((i, bytes(raws[i])) for i in sorted(hits))
    return _sorted_out(candidates, len(raws), kinds)


# ---------------------------------------------------------------- the fast way


class _File(msgspec.Struct, gc=False):
    Records: list[msgspec.Raw] | None = None


_records = msgspec.json.Decoder(_File).decode
_HEAD = b'{"Records":['
_TAIL = b"]}"
_OPENING = ord("{")


def _ends_if_compact(text: bytes | bytearray, raws: Sequence[msgspec.Raw]) -> list[int] | None:
    """Return the offset behind each record and its comma, or None when text holds anything beside them.

    The sum of the lengths proves it: then nothing else, white space or a second key, fits in the file.
    """
    ends = list(accumulate(map(add, map(len, raws), repeat(1)), initial=len(_HEAD)))
    # The last record has no comma behind it; an empty list has no last record.
    length = ends[-1] - bool(raws) + len(_TAIL)
    if length != len(text) or not text.startswith(_HEAD) or not text.endswith(_TAIL):
        return None
    return ends[1:]


def _hits(text: bytes | bytearray, raws: Sequence[msgspec.Raw], ends: list[int], kinds: frozenset[Kind]) -> set[int]:
    """Return the index of each record that may be of one of `kinds`.

    The needles of ACCESS are names of services that are mostly read: a look at two fields costs a third of a decode.
    """
    hits = _hit_records(text, ends, (*needles(kinds - {Kind.ACCESS}), *_of_tokens(kinds)))
    if Kind.ACCESS in kinds:
        named = _hit_records(text, ends, needles(frozenset({Kind.ACCESS})))
        hits.update(index for index in named if index not in hits and _may_change_access(raws[index]))
    return hits


def _of_tokens(kinds: frozenset[Kind]) -> tuple[bytes, ...]:
    return (OF_TOKENS,) if Kind.SESSION in kinds else ()


def _no_objects(text: bytes | bytearray, ends: list[int]) -> set[int]:
    """Return the index of each item of the list that is no object, and so no record: it is named, not skipped."""
    starts = [len(_HEAD), *ends[:-1]][: len(ends)]
    # Of less than two places itemgetter gives no tuple: the first byte of the file stands before them.
    first = bytes(itemgetter(0, 0, *starts)(text))[2:]
    if first.count(_OPENING) == len(first):
        return set()
    return {index for index, mark in enumerate(first) if mark != _OPENING}


class _Head(msgspec.Struct, gc=False, rename="camel"):
    event_source: str | None = None
    event_name: str | None = None


_head = msgspec.json.Decoder(_Head).decode


def _may_change_access(raw: msgspec.Raw) -> bool:
    """Return False where a record's own source and name, which were read without doubt, are of no such call.

    What is kept for another reason has a needle of that reason.
    """
    try:
        head = _head(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True
    return head.event_name in ACCESS_NAMES.get(head.event_source or "", ())


def _hit_records(text: bytes | bytearray, ends: list[int], wanted: tuple[bytes, ...]) -> set[int]:
    """Return the index of each record that has a needle in its text."""
    hit: set[int] = set()
    for needle in wanted:
        at = find(text, needle)
        while at >= 0:
            index = bisect_right(ends, at)
            hit.add(index)
            at = find(text, needle, ends[index])
    return hit


def _candidates_one_by_one(raws: Sequence[msgspec.Raw], wanted: tuple[bytes, ...]) -> Iterator[tuple[int, bytes]]:
    for index, raw in enumerate(raws):
        record = bytes(raw)
        if record[0] != _OPENING or any(needle in record for needle in wanted):
            yield index, record


def _sorted_out(candidates: Iterable[tuple[int, bytes]], total: int, kinds: frozenset[Kind]) -> Extraction:
    """Decode each candidate; its own top-level fields decide what it is."""
    found = Extraction(total)
    kept = {Kind.KVS: found.kvs, Kind.SESSION: found.sessions, Kind.TRAIL: found.trail, Kind.ACCESS: found.access}
    for index, raw in candidates:
        try:
            shape = decoded(raw)
        except MalformedRecord as error:
            found.rejected.append(rejected(f"record {index + 1}", str(error), raw))
            continue
        kind = kind_of(shape.event_source, shape.event_name, shape.resource_types)
        if kind is not None and kind in kinds:
            kept[kind].append(Kept(index, raw, shape))
        elif shape.event_name == USER_SESSION_NAME and shape.event_source == SESSION_SOURCE and Kind.SESSION in kinds:
            found.tokens.append(Kept(index, raw, shape))
    return found


_TOKEN = re.compile(rb'("sessionToken"\s*:\s*)"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def rejected(place: str, reason: str, raw: bytes, size: int | None = None) -> Rejected:
    """Return what is kept of something that cannot be read: of more than CloudTrail writes, the beginning.

    `size` is how many bytes all of it has, where `raw` is a part already.
    """
    return Rejected(place, reason, without_tokens(raw[:MAX_REJECTED]), len(raw) if size is None else size)


def without_tokens(raw: bytes) -> bytes:
    """Return `raw` without session tokens: credentials are not kept, expired or not."""
    return _TOKEN.sub(rb'\1"(not kept)"', raw)


# ---------------------------------------------------------------- the careful way


def _extract_carefully(text: bytes | bytearray, kinds: frozenset[Kind]) -> Extraction:
    """Read a file that is not well-formed JSON, or that has no or several lists of Records."""
    text = bytes(text)
    found = borders(text)
    records = [text[start:end] for start, end in found.records]
    extraction = _sorted_out(enumerate(records), len(records), kinds)
    for broken in found.broken:
        piece = text[broken.start : min(broken.end, broken.start + MAX_REJECTED)]
        extraction.rejected.append(rejected(f"byte {broken.start}", broken.reason, piece, broken.end - broken.start))
    return extraction


def _in_utf8(text: bytes | bytearray) -> bytes | bytearray:
    """Return `text` without byte-order mark and in UTF-8, however it was encoded (RFC 8259 section 8.1)."""
    encoding = json.detect_encoding(text)
    if encoding == "utf-8":
        return text
    if encoding == "utf-8-sig":
        return text[3:]
    return text.decode(encoding, "replace").encode("utf-8", "surrogatepass")
