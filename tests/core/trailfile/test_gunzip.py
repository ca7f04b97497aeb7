import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


MEMBERS = st.lists(st.binary(max_size=60), min_size=1, max_size=3)


@given(MEMBERS, st.sampled_from((b"", bytes(5))))
def test_it_returns_what_the_standard_library_does(members, padding):
    blob = b"".join(gzip.compress(member) for member in members) + padding
    assert gunzip(blob) == gzip.decompress(blob) == b"".join(members)


@given(MEMBERS, st.integers(1))
def test_of_a_file_that_was_cut_it_returns_nothing(members, cut):
    *whole, last = map(gzip.compress, members)
    blob = b"".join((*whole, last[: cut % (len(last) - 1) + 1]))
    with pytest.raises(UnreadableFile, match=r"truncated|damaged|not a gzip|not gzip"):
        gunzip(blob)


def test_of_the_first_bytes_of_a_magic_that_is_none_it_makes_nothing_of_its_own():
    # 1f 8b 08 lies in a file of one member, too: in its data, where nothing was compressed.
    text = b"\x1f\x8b\x08" * 9
    assert gunzip(gzip.compress(text, 0)) == text


def test_a_size_that_a_file_only_promises_takes_no_memory():
    blob = gzip.compress(TEXT)[:-4] + (200 << 20).to_bytes(4, "little")
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFile, match="damaged"):
            gunzip(blob)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


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


@pytest.mark.parametrize(
    ("blob", "size"),
    [
        (gzip.compress(LONG), " 300,000 bytes by their own account, more than 9 uncompressed, the limit: raise KVS"),
        (gzip.compress(LONG) + gzip.compress(LONG), " more than 9 uncompressed, the limit: raise KVSWATCH_MAX_FILE_MB"),
        (gzip.compress(LONG)[:-4] + b"\xff\xff\xff\xff", " more than 9 uncompressed, the limit: raise KVSWATCH_MAX"),
        (gzip.compress(LONG)[:-4] + bytes(4), " more than 9 uncompressed, the limit: raise KVSWATCH_MAX_FILE_MB"),
    ],
    ids=["its own", "of one member alone", "more than it can be", "less than it is"],
)
def test_it_says_how_large_a_file_is_where_that_may_be_believed(blob, size):
    with pytest.raises(FileTooLarge) as told:
        gunzip(blob, limit=9)
    assert f"{len(blob):,} bytes of gzip data hold{size}" in str(told.value)
    assert told.value.least == 10
