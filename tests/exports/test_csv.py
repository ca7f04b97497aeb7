import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exports.csv import FORMAT, encode

CELLS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12))


def read(rows: list[list[str | None]]) -> list[list[str]]:
    content = b"".join(encode(["a", "b"], rows)).decode()
    return list(csv.reader(io.StringIO(content, newline="")))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8))
def test_every_cell_comes_back_and_none_is_a_formula(rows):
    header, *found = read(rows)
    assert header == ["a", "b"]
    assert len(found) == len(rows)
    for row, cells in zip(rows, found, strict=True):
        for given_cell, cell in zip(row, cells, strict=True):
            assert cell in {given_cell or "", f"'{given_cell}"}
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff201", '=HYPERLINK("http://x","y")']
)
def test_a_formula_becomes_text(cell):
    assert read([[cell, "x"]])[1] == [f"'{cell}", "x"]


def test_many_rows_come_in_few_chunks():
    chunks = list(encode(["a"], ([str(n) * 10] for n in range(100_000))))
    assert 1 < len(chunks) < 100
    assert b"".join(chunks).count(b"\r\n") == 100_001


def test_it_says_what_it_is():
    assert (FORMAT.media_type, FORMAT.suffix) == ("text/csv; charset=utf-8", ".csv")
