"""`kvswatch aliases`."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.__main__ import main

ARN = "arn:aws:kinesisvideo:eu-central-1:590817264433:stream/ward-3"


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)


def _aliases(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["aliases", str(path)])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_it_stores_them_and_says_which_streams_it_does_not_know(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "aliases.csv"
    file.write_text(f"stream,camera,site,owner\n{ARN},Camera 17,Ward 3,Ada\n")
    code, out, err = _aliases(file, capsys)
    assert (code, out) == (0, "1 aliases\n")
    assert "Of no stream or channel known so far: 'ward-3'" in err
    with engine.connect() as connection:
        assert connection.execute(text("select camera from stream_alias")).scalars().all() == ["Camera 17"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"stream,camera\nx,y\n", None], ids=["no text", "no ARN", "no file"])
def test_a_file_at_fault_changes_nothing(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    file = tmp_path / "aliases.csv"
    if content is not None:
        file.write_bytes(content)
    code, out, err = _aliases(file, capsys)
    assert (code, out) == (2, "")
    assert "aliases file" in err
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from audit")).scalar_one() == 0
