import re
from pathlib import Path

from sqlalchemy import create_engine

from app.db.sql import text

APP = Path(__file__).parents[2] / "app"


def test_a_statement_is_made_once_and_its_values_are_of_each_asking():
    one, again = text("select :n + 1"), text("select :n + 1")
    assert one is again
    with create_engine("sqlite://").connect() as connection:
        assert [connection.execute(one, {"n": n}).scalar_one() for n in (1, 41)] == [2, 42]


def test_what_is_made_of_a_statement_leaves_it_alone():
    text("select :m").bindparams(m=3)
    assert text("select :m").compile().params == {"m": None}


def test_no_statement_of_the_program_is_made_each_time():
    imported = re.compile(r"^from sqlalchemy import .*\btext\b", re.MULTILINE)
    asking = (path for path in APP.rglob("*.py") if "tables" not in path.parts)
    assert [path.relative_to(APP).as_posix() for path in asking if imported.search(path.read_text())] == ["db/sql.py"]
