"""`kvswatch export`: the same filters as the pages, on stdout."""

import pytest

from app.__main__ import main
from app.cli.export import What
from app.core.query.listing import LISTINGS


def run(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, bytes, bytes]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capfdbinary.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)


# The assumptions stand whatever is stored; records are JSON.
@pytest.mark.parametrize("what", [name for name in LISTINGS if name not in {"assumptions", "records"}])
def test_it_writes_a_head_line_when_there_is_nothing(what: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code, out, _ = run(capfdbinary, "export", what, "--format", "csv")
    assert code == 0
    assert len(out.splitlines()) == 1


def test_it_knows_every_list() -> None:
    assert [what.value for what in What] == list(LISTINGS)


def test_it_stops_at_an_account_that_is_none(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code, out, err = run(capfdbinary, "export", "streams", "account=590817264433")
    assert (code, out) == (2, b"")
    assert b"account=590817264433 is not an account here" in err


def test_it_stops_at_a_filter_that_it_does_not_understand(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code, out, err = run(capfdbinary, "export", "events", "colour=red&from=yesterday-ish")
    assert (code, out) == (2, b"")
    assert b"colour=red" in err
    assert b"from=yesterday-ish" in err


def test_it_names_the_formats_that_there_are(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code, _, err = run(capfdbinary, "export", "events", "--format", "xlsx")
    assert code == 2
    assert b"csv, jsonl" in err
