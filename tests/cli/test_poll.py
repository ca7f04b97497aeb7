"""`kvswatch poll`: one account now, each unseen part named."""

from typing import Any

import pytest
from sqlalchemy import Engine

from app.__main__ import main
from tests.builders.polling import account_of, authorizing, watch


def poll(capsys: pytest.CaptureFixture[str], account: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["poll", "--account", account])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture(autouse=True)
def _surroundings(aws: Any, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    monkeypatch.setenv("KVSWATCH_AWS_ENDPOINT_URL", aws.endpoint)
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)


def test_it_says_how_many_parts_it_saw(app_engine: Engine, aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    account = watch(app_engine, account_of(aws))
    code, out, _ = poll(capsys, str(account.id))
    assert code == 0
    assert out.endswith("parts seen, 0 unseen\n")


def test_it_names_what_was_denied_and_exits_1(app_engine: Engine, aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    account = watch(app_engine, account_of(aws))
    denied = ("iam:GetCredentialReport", "cloudtrail:GetEventSelectors")
    with authorizing(aws, account, deny=denied):
        code, out, _ = poll(capsys, str(account.id))
    assert code == 1
    assert all(action in out for action in denied)
    assert "credential_report" in out


def test_it_names_the_accounts_that_are_watched(
    app_engine: Engine, aws: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    account = watch(app_engine, account_of(aws))
    code, _, err = poll(capsys, "999900001111")
    assert code == 2
    assert str(account.id) in err


@pytest.mark.parametrize("text", ["12", "one", "1234567890123", "١٢٣٤٥٦٧٨٩٠١٢"])
def test_it_asks_for_twelve_digits(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = poll(capsys, text)
    assert code == 2
    assert "12 digits" in err
