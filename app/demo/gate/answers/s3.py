"""S3, for the archive buckets only: lists, objects, ranges. Every other bucket is moto's."""

import re
import urllib.parse
from datetime import datetime
from itertools import islice
from xml.sax.saxutils import escape

from app.demo.gate.answers import PASS, Answers, Result
from app.demo.gate.call import Call
from app.demo.gate.errors import AwsError
from app.demo.gate.store import Bucket, StoredObject
from app.demo.gate.world import World

_PAGE = 1000
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def list_objects(world: World, call: Call) -> Result:
    """ListObjectsV2 (and ListObjects, whose marker is StartAfter by another name)."""
    bucket, _ = _target(world, call)
    if bucket is None:
        return PASS
    query = call.params
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after = query.get("continuation-token") or query.get("start-after") or query.get("marker") or ""
    limit = min(int(query.get("max-keys") or _PAGE), _PAGE)
    entries, is_truncated, last = _entries(bucket, prefix, delimiter, after, limit)
    parts = [
        f"<Name>{bucket.name}</Name><Prefix>{_text(prefix, query)}</Prefix><MaxKeys>{limit}</MaxKeys>",
        f"<KeyCount>{len(entries)}</KeyCount><IsTruncated>{str(is_truncated).lower()}</IsTruncated>",
        *(f"<Delimiter>{escape(delimiter)}</Delimiter>" for _ in [0] if delimiter),
        *(f"<EncodingType>{query['encoding-type']}</EncodingType>" for _ in [0] if "encoding-type" in query),
    ]
    if is_truncated:
        parts.append(f"<NextContinuationToken>{escape(last)}</NextContinuationToken>")
        parts.append(f"<NextMarker>{_text(last, query)}</NextMarker>")
    parts.extend(_entry(bucket, key, query) for key in entries)
    body = f'{_XML}<ListBucketResult xmlns="{_NAMESPACE}">{"".join(parts)}</ListBucketResult>'
    return 200, {"Content-Type": "application/xml"}, body.encode()


def get_object(world: World, call: Call) -> Result:
    """GetObject, whole or a range."""
    bucket, key = _target(world, call)
    if bucket is None:
        return PASS
    stored = _stored(bucket, key)
    headers = _headers(stored)
    match = _RANGE.fullmatch(str(call.environ.get("HTTP_RANGE", "")))
    if match is None:
        return 200, headers, stored.body
    start, end = _span(match, len(stored.body))
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(stored.body)}"
    return 206, headers, stored.body[start:end]


def head_object(world: World, call: Call) -> Result:
    """HeadObject."""
    bucket, key = _target(world, call)
    if bucket is None:
        return PASS
    stored = _stored(bucket, key)
    return 200, {**_headers(stored), "Content-Length": str(len(stored.body))}, b""


def put_object(world: World, call: Call) -> Result:
    """PutObject."""
    bucket, key = _target(world, call)
    if bucket is None:
        return PASS
    prefix = "HTTP_X_AMZ_META_"
    metadata = {
        name.removeprefix(prefix).lower().replace("_", "-"): str(value)
        for name, value in call.environ.items()
        if name.startswith(prefix)
    }
    stored = StoredObject(
        call.body, world.clock(), metadata, str(call.environ.get("CONTENT_TYPE", "binary/octet-stream"))
    )
    bucket.put(key, stored)
    return 200, {"ETag": stored.etag}, b""


def delete_object(world: World, call: Call) -> Result:
    """DeleteObject."""
    bucket, key = _target(world, call)
    if bucket is None:
        return PASS
    bucket.delete(key)
    return 204, {}, b""


def _target(world: World, call: Call) -> tuple[Bucket | None, str]:
    name, _, key = str(call.environ.get("PATH_INFO", "/")).removeprefix("/").partition("/")
    return world.buckets.get(name), key.encode("latin-1", "replace").decode("utf-8", "replace")


def _entries(bucket: Bucket, prefix: str, delimiter: str, after: str, limit: int) -> tuple[list[str], bool, str]:
    """Return a page of keys and common prefixes in order, whether there is more, and where to go on."""
    if not delimiter:
        keys = list(islice(bucket.list_keys(prefix, after), limit + 1))
        return keys[:limit], len(keys) > limit, keys[limit - 1] if len(keys) > limit else ""
    found: list[str] = []
    while len(found) <= limit:
        key = next(bucket.list_keys(prefix, after), None)
        if key is None:
            return found, False, ""
        head, _, rest = key[len(prefix) :].partition(delimiter)
        is_folder = len(head) < len(key) - len(prefix)
        entry = f"{prefix}{head}{delimiter}" if is_folder else key
        after = entry + "\U0010ffff" if is_folder else key
        if not (is_folder and rest == "" and found and found[-1] == entry):
            found.append(entry)
    return found[:limit], True, found[limit - 1] + ("\U0010ffff" if found[limit - 1].endswith(delimiter) else "")


def _entry(bucket: Bucket, key: str, query: dict[str, str]) -> str:
    stored = bucket.objects.get(key)
    if stored is None:
        return f"<CommonPrefixes><Prefix>{_text(key, query)}</Prefix></CommonPrefixes>"
    return (
        f"<Contents><Key>{_text(key, query)}</Key><LastModified>{_iso(stored.modified_at)}</LastModified>"
        f"<ETag>{escape(stored.etag)}</ETag><Size>{len(stored.body)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )


def _text(text: str, query: dict[str, str]) -> str:
    return urllib.parse.quote(text, safe="/") if query.get("encoding-type") == "url" else escape(text)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _stored(bucket: Bucket, key: str) -> StoredObject:
    stored = bucket.objects.get(key)
    if stored is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
    return stored


def _headers(stored: StoredObject) -> dict[str, str]:
    headers = {
        "Content-Type": stored.content_type,
        "ETag": stored.etag,
        "Last-Modified": stored.modified_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "Accept-Ranges": "bytes",
    }
    if stored.content_encoding is not None:
        headers["Content-Encoding"] = stored.content_encoding
    return headers | {f"x-amz-meta-{name}": value for name, value in stored.metadata.items()}


def _span(match: re.Match[str], size: int) -> tuple[int, int]:
    """Return start and end (exclusive) of a byte range (RFC 9110, section 14.1.2).

    Raises:
        AwsError: InvalidRange, when no byte of the object is in it.
    """
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last or 0))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise AwsError("InvalidRange", "The requested range is not satisfiable", 416)
    return start, end


ANSWERS = Answers(
    "s3",
    {
        "ListObjectsV2": list_objects,
        "ListObjects": list_objects,
        "GetObject": get_object,
        "HeadObject": head_object,
        "PutObject": put_object,
        "DeleteObject": delete_object,
    },
)
