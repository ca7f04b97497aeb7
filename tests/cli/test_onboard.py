"""`kvswatch onboard`: roles to paste, and accounts to watch."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.__main__ import main
from app.core.model.scope import EVERYTHING
from app.db.queries import accounts, feeds

TRUSTED = "arn:aws:iam::111122223333:role/kvswatch"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["onboard", *arguments])
    return int(ended.value.code or 0)


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", database_url)
    monkeypatch.setenv("KVSWATCH_REGIONS", "eu-central-1")


def external_id(template: Path) -> str:
    return str(json.loads(template.read_text())["Parameters"]["ExternalId"]["Default"])


def test_it_writes_the_member_s_role_with_the_same_external_id_each_time(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        assert run("--trusted-principal", TRUSTED, "--output", str(tmp_path / folder)) == 0
    written = sorted(path.relative_to(tmp_path / "first").as_posix() for path in (tmp_path / "first").rglob("*.*"))
    assert written == ["kvswatch-member.template.json", "terraform/kvswatch-member/main.tf"]
    ids = {external_id(tmp_path / folder / "kvswatch-member.template.json") for folder in ("first", "second")}
    assert len(ids) == 1


def test_it_writes_all_three_roles_for_an_organization(tmp_path: Path) -> None:
    assert run("--organization", "--bucket", "trail", "--trusted-principal", TRUSTED, "--output", str(tmp_path)) == 0
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [
        "kvswatch-log-archive.template.json",
        "kvswatch-management.template.json",
        "kvswatch-member.template.json",
    ]


KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd"


def test_it_writes_the_keys_of_the_log_bucket_into_the_log_archive_s_role(tmp_path: Path) -> None:
    keys = (KEY, KEY.replace("1234abcd", "5678efgh"))
    given = [argument for key in keys for argument in ("--log-bucket-key", key)]
    organization = ("--organization", "--bucket", "trail", "--trusted-principal", TRUSTED, "--output", str(tmp_path))
    assert run(*organization, *given) == 0
    for written in ("kvswatch-log-archive.template.json", "terraform/kvswatch-log-archive/main.tf"):
        text = (tmp_path / written).read_text()
        assert [text.count(wanted) for wanted in (*keys, "kms:Decrypt", "kms:ViaService")] == [1, 1, 1, 1]


GROUP = "arn:aws:logs:eu-central-1:111122223333:log-group:trail"


def test_it_writes_the_log_group_into_the_role_whichever_kind_its_account_is(tmp_path: Path) -> None:
    assert run("--trusted-principal", TRUSTED, "--output", str(tmp_path), "--log-group", f"{GROUP}:*") == 0
    text = (tmp_path / "kvswatch-member.template.json").read_text()
    assert [text.count(wanted) for wanted in (f'"{GROUP}:*"', "logs:FilterLogEvents")] == [1, 1]


def test_it_writes_each_bucket_into_the_log_archive_s_role(tmp_path: Path) -> None:
    buckets = ("--bucket", "new", "--bucket", "old")
    assert run("--organization", *buckets, "--trusted-principal", TRUSTED, "--output", str(tmp_path)) == 0
    text = (tmp_path / "kvswatch-log-archive.template.json").read_text()
    assert [text.count(f'"arn:aws:s3:::{name}/*"') for name in ("new", "old")] == [1, 1]


QUEUE = "arn:aws:sqs:eu-central-1:111122223333:trail"


def test_it_writes_the_queue_into_the_log_archive_s_role(tmp_path: Path) -> None:
    organization = ("--organization", "--bucket", "trail", "--trusted-principal", TRUSTED, "--output", str(tmp_path))
    assert run(*organization, "--log-queue", QUEUE) == 0
    for written in ("kvswatch-log-archive.template.json", "terraform/kvswatch-log-archive/main.tf"):
        text = (tmp_path / written).read_text()
        assert [text.count(wanted) for wanted in (QUEUE, "sqs:ReceiveMessage", "sqs:DeleteMessage")] == [1, 1, 1]
    assert "sqs:" not in (tmp_path / "kvswatch-member.template.json").read_text()
    assert run(*organization, "--log-queue", QUEUE, "--log-queue-key", KEY) == 0
    text = (tmp_path / "kvswatch-log-archive.template.json").read_text()
    assert [text.count(wanted) for wanted in (KEY, '"sqs.eu-central-1.amazonaws.com"')] == [1, 1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--trusted-principal"),
        (
            ["--trusted-principal", "arn:aws:iam::111122223333:*"],
            "'arn:aws:iam::111122223333:*' is not the ARN of a role",
        ),
        (["--trusted-principal", TRUSTED, "--member-bucket", "*"], "'*' is not the name of a bucket"),
        (["--organization", "--bucket", "*", "--trusted-principal", TRUSTED], "'*' is not the name of a bucket"),
        (["--organization", "--trusted-principal", TRUSTED], "--bucket"),
        (["--trusted-principal", TRUSTED, "--log-bucket-key", KEY], "--organization"),
        (["--trusted-principal", TRUSTED, "--log-queue", QUEUE], "--organization"),
        (["--trusted-principal", TRUSTED, "--log-queue-key", KEY], "--log-queue "),
        (
            ["--organization", "--bucket", "trail", "--trusted-principal", TRUSTED, "--log-queue", QUEUE + "*"],
            "is not the ARN of a queue",
        ),
        (
            ["--organization", "--bucket", "trail", "--trusted-principal", TRUSTED, "--log-bucket-key", "alias/trail"],
            "not the ARN of a KMS key",
        ),
        (["--account", "12"], "12 digits"),
        (["--account", "111122223333", "--role-arn", "arn:aws:iam::444455556666:role/x"], "must be a role of account"),
    ],
)
def test_it_says_what_is_missing(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    assert said in capsys.readouterr().err


def test_it_watches_one_account_from_now_on(app_engine: Engine) -> None:
    assert run("--account", "111122223333") == 0
    with app_engine.connect() as connection:
        (account,) = accounts.accounts(connection, EVERYTHING)
        due = feeds.feeds(connection, EVERYTHING, account.id)
    assert account.role_arn == "arn:aws:iam::111122223333:role/kvswatch-member"
    assert account.external_id
    assert due
