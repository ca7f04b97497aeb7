import gzip

import pytest

from app.core.trailfile.gunzip import FileTooLarge, UnreadableFile, gunzip

TEXT = b'{"Records":[]}'
LONG = b"x" * 300_000


@pytest.mark.parametrize(
    ("blob", "text"),
    [
        (gzip.compress(TEXT), TEXT),
        (gzip.compress(TEXT) + gzip.compress(TEXT), TEXT + TEXT),
        (gzip.compress(TEXT) + gzip.compress(LONG), TEXT + LONG),
        (gzip.compress(LONG) + gzip.compress(TEXT), LONG + TEXT),
        (gzip.compress(b""), b""),
        (gzip.compress(TEXT) + bytes(512), TEXT),
    ],
    ids=["one member", "two equal members", "a long second", "a short second", "an empty member", "zero padding"],
)
def test_it_returns_the_bytes_of_all_members(blob, text):
    assert gunzip(blob) == text


def damaged(blob: bytes, at: int) -> bytes:
    changed = bytearray(blob)
    changed[at] ^= 1
    return bytes(changed)


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (b"", "empty"),
        (TEXT, "not a gzip file"),
        (gzip.compress(LONG)[:-3], "truncated"),
        (gzip.compress(LONG)[:100], "truncated"),
        (gzip.compress(TEXT)[:5], "truncated"),
        (gzip.compress(TEXT) + gzip.compress(LONG)[:-3], "truncated"),
        (gzip.compress(TEXT) + b"junk", "4 bytes that are not gzip"),
        (gzip.compress(TEXT) + b"\0\0junk", "6 bytes that are not gzip"),
        (damaged(gzip.compress(TEXT), -6), "damaged"),
        (damaged(gzip.compress(TEXT), -1), "damaged"),
        (gzip.compress(TEXT) + damaged(gzip.compress(TEXT), -6), "damaged"),
    ],
    ids=[
        "empty",
        "plain text",
        "no trailer",
        "half",
        "half a header",
        "second member truncated",
        "junk",
        "junk behind padding",
        "checksum",
        "length",
        "second member's checksum",
    ],
)
def test_it_names_what_is_wrong_with_a_file(blob, reason):
    with pytest.raises(UnreadableFile, match=reason):
        gunzip(blob)


def test_it_takes_a_file_of_exactly_the_limit():
    assert len(gunzip(gzip.compress(LONG), limit=len(LONG))) == len(LONG)


@pytest.mark.parametrize(
    "blob",
    [gzip.compress(LONG), gzip.compress(LONG[:-1]) + gzip.compress(b"xx"), gzip.compress(bytes(64 << 20))],
    ids=["one byte more", "over by the second member", "a bomb"],
)
def test_it_refuses_a_file_over_the_limit(blob):
    with pytest.raises(FileTooLarge, match="limit"):
        gunzip(blob, limit=len(LONG) - 1)
