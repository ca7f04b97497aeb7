"""Log files that were written to be misread, and what a plain reading with the standard library keeps of them."""

import gzip
import json
import random
from typing import Any

from app.core.trailfile.kinds import ACCESS_NAMES, TRAIL_NAMES, Kind
from app.core.trailfile.records import Extraction, extract

KVS = "kinesisvideo.amazonaws.com"


def kept(extraction: Extraction) -> dict[str, list[bytes]]:
    """Return the bytes of the kept records, by kind."""
    lists = (extraction.kvs, extraction.sessions, extraction.trail, extraction.access)
    return {kind: [item.raw for item in items] for kind, items in zip(Kind, lists, strict=True)}


def plainly(text: bytes) -> dict[str, list[Any]]:
    """What a reader keeps that parses the whole file with the standard library."""
    found: dict[str, list[Any]] = {kind: [] for kind in Kind}
    records = json.loads(text.decode("utf-8", "surrogatepass")).get("Records") or []
    for record in records:
        kind = _plain_kind(record) if isinstance(record, dict) else None
        if kind is not None:
            found[kind].append(record)
    return found


def _plain_kind(record: dict[str, Any]) -> Kind | None:
    source, name, resources = (record.get(field) for field in ("eventSource", "eventName", "resources"))
    types = [item.get("type") for item in resources if isinstance(item, dict)] if isinstance(resources, list) else []
    if isinstance(source, str) and source.strip().startswith("kinesisvideo"):
        return Kind.KVS
    if source == "sts.amazonaws.com" and isinstance(name, str) and name.startswith("AssumeRole"):
        return Kind.SESSION
    if source == "cloudtrail.amazonaws.com" and isinstance(name, str) and name in TRAIL_NAMES:
        return Kind.TRAIL
    if isinstance(source, str) and isinstance(name, str) and name in ACCESS_NAMES.get(source, ()):
        return Kind.ACCESS
    if any(isinstance(item, str) and item.startswith("AWS::KinesisVideo::") for item in types):
        return Kind.KVS
    return None


def assert_equal_to_plain_reading(text: bytes) -> int:
    """Fail where extraction keeps other records of `text`, or others' bytes; return how many it keeps."""
    wanted = plainly(text)
    found = {
        kind: [json.loads(raw.decode("utf-8", "surrogatepass")) for raw in raws]
        for kind, raws in kept(extract(text)).items()
    }
    # As text: NaN differs from itself, and a key that stands twice is one already.
    assert json.dumps(found) == json.dumps(wanted), text
    return sum(map(len, wanted.values()))


HOSTILE = [
    KVS,
    "sts.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "iam.amazonaws.com",
    "organizations.amazonaws.com",
    "ec2.amazonaws.com",
    "AttachRolePolicy",
    "AssumeRole",
    "AssumeRoleWithSAML",
    "PutMedia",
    "StopLogging",
    "AWS::KinesisVideo::Stream",
    '{"eventVersion":"1"',
    f'"eventSource":"{KVS}"',
    "}],[{",
    "\\",
    '"',
    '\\"',
    "\\u006b",
    "\u2028é📹",
    "\x00",
    "]}",
    '},{"eventVersion":"1.08"',
    "",
    "\ud800",
    f" {KVS}",
    f"{KVS}.cn",
]
NAMES = ["eventSource", "eventName", "eventVersion", "eventID", "userIdentity", "Records", "resources", "type", KVS]
FIELDS = ["eventVersion", "eventSource", "eventName", "eventID", "userIdentity", "requestParameters", "resources", "x"]
KEPT_NAMES = {
    KVS: "PutMedia",
    "sts.amazonaws.com": "AssumeRole",
    "cloudtrail.amazonaws.com": "StopLogging",
    "iam.amazonaws.com": "AttachRolePolicy",
    "organizations.amazonaws.com": "AttachPolicy",
}
SEPARATORS = [(",", ":"), (",", ":"), (", ", ": "), (" ,\n", " : ")]


class HostileFiles:
    """Files of records that look like one another, in every place and spelling."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)

    def value(self, depth: int) -> Any:
        kind = self.r.random()
        if depth <= 0 or kind < 0.5:
            return self.r.choice([*HOSTILE, None, True, 1, -1.5e9, 10**25, 10**400, 1e-7, float("nan")])
        if kind < 0.7:
            return [self.value(depth - 1) for _ in range(self.r.randrange(4))]
        if kind < 0.85:
            return self.record(depth - 1)
        return {self.r.choice(NAMES): self.value(depth - 1) for _ in range(self.r.randrange(4))}

    def record(self, depth: int) -> dict[str, Any]:
        names = self.r.sample(FIELDS, len(FIELDS)) if self.r.random() < 0.3 else FIELDS
        record = {name: self.value(depth) for name in names if self.r.random() < 0.85}
        if self.r.random() < 0.7:
            record["eventSource"] = self.r.choice(HOSTILE[:6])
        if self.r.random() < 0.7:
            own = KEPT_NAMES.get(str(record.get("eventSource")))
            record["eventName"] = own if own and self.r.random() < 0.5 else self.r.choice([*KEPT_NAMES.values()])
        if self.r.random() < 0.1:
            record["resources"] = [{"type": self.r.choice(HOSTILE)}, self.value(1)]
        return record

    def file(self) -> bytes:
        """Return the text of a log file."""
        count = self.r.randrange(6)
        content: dict[str, Any] = {
            "Records": [self.record(3) if self.r.random() < 0.95 else self.value(1) for _ in range(count)]
        }
        if self.r.random() < 0.1:
            content = {"x": self.value(2), **content}
        if self.r.random() < 0.1:
            content["y"] = self.value(2)
        text = json.dumps(
            content,
            separators=self.r.choice(SEPARATORS),
            ensure_ascii=self.r.random() < 0.5,
            indent=self.r.choice([None, None, None, 1]),
        ).encode("utf-8", "surrogatepass")
        if self.r.random() < 0.1:
            text = self.r.choice([b" ", b"\n"]) + text + b"\n"
        if self.r.random() < 0.1:
            text = text.replace(b"kinesisvideo", b"\\u006binesisvideo", 1)
        if self.r.random() < 0.1:
            text = text.replace(b'"eventSource"', b'"eventSource":"ec2.amazonaws.com","eventSource"', 1)
        return text

    def empty_file(self) -> bytes:
        """Return a file that has no list of records."""
        others = b"{}", b'{"Records":null}', b'{"Records":{}}', b'{"x":1,"Records": null}'
        return self.r.choice([*others, b"[]", b"null"])

    def packed(self, text: bytes) -> bytes:
        """Return a text as it lies in a bucket: gzip of one or several members, or plain, with a byte-order mark."""
        kind = self.r.random()
        if kind < 0.1:
            return text
        if kind < 0.2:
            return b"\xef\xbb\xbf" + text
        cuts = sorted(self.r.sample(range(len(text) + 1), self.r.choice([0, 0, 1, 2])))
        pieces = (text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True))
        return b"".join(gzip.compress(piece, self.r.choice([1, 6, 9])) for piece in pieces)
