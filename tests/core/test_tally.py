"""What a file holds so far."""

import hashlib

from app.core.tally import Tally


def test_it_counts_bytes_and_hashes_them_in_whatever_pieces_they_come() -> None:
    tally = Tally()
    for piece in (b"a,b\n", b"", b"1,2\n"):
        tally.take(piece)
    assert (tally.size, tally.sha256) == (8, hashlib.sha256(b"a,b\n1,2\n").hexdigest())


def test_an_empty_file_has_the_hash_of_nothing() -> None:
    assert (Tally().rows, Tally().size, Tally().sha256) == (0, 0, hashlib.sha256().hexdigest())
