"""A file as gzip."""

import gzip
from collections.abc import Iterator
from random import Random

import pytest

from app.exports._gzip import gzipped


@pytest.mark.parametrize("chunks", [[], [b""], [b"a,b\n", b"1,2\n"], [bytes(range(256)) * 4000] * 3])
def test_it_opens_to_what_it_was_made_of(chunks: list[bytes]) -> None:
    assert gzip.decompress(b"".join(gzipped(chunks))) == b"".join(chunks)


def test_the_same_content_is_the_same_file() -> None:
    assert b"".join(gzipped([b"a" * 9000])) == b"".join(gzipped([b"a" * 9000]))


def test_it_is_made_while_it_is_sent() -> None:
    seen: list[int] = []
    noise = Random(7)

    def chunks() -> Iterator[bytes]:
        for n in range(64):
            seen.append(n)
            yield noise.randbytes(1 << 17)

    next(iter(gzipped(chunks())))
    assert len(seen) < 64


def test_a_cut_file_does_not_open_as_a_whole_one() -> None:
    whole = b"".join(gzipped([b"a,b\n" * 9000]))
    with pytest.raises(EOFError):
        gzip.decompress(whole[:-8])
