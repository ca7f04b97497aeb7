"""The last line of JSON Lines."""

import hashlib
import json

import pytest

from app.core.tally import Tally
from app.exports._trailer import with_trailer


@pytest.mark.parametrize("chunks", [[], [b'{"a":1}\n'], [b'{"a":1}\n{"a":2}\n', b'{"a":3}\n']])
def test_it_tells_rows_and_hash_of_all_before_it(chunks: list[bytes]) -> None:
    body = b"".join(chunks)
    *pieces, last = with_trailer(chunks, Tally(rows=body.count(b"\n")))
    assert b"".join(pieces) == body
    told = {"rows": body.count(b"\n"), "sha256": hashlib.sha256(body).hexdigest(), "complete": True}
    assert json.loads(last) == {"export": told}


def test_a_file_that_is_cut_has_none() -> None:
    lines = with_trailer([b'{"a":1}\n', b'{"a":2}\n'], Tally(rows=2))
    assert b"export" not in next(lines)
