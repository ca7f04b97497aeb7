import json

import pytest

from app.__main__ import main
from app.core.onboarding.policy import trust_policy
from app.demo.settings import accounts_toml
from app.services.permissions import permissions_by_kind
from tests.builders.polling import account_of
from tests.builders.probing import allowing, trusting


@pytest.fixture
def archive(aws):
    return next(account_of(aws, one.name) for one in aws.estate.accounts if one.kind == "log_archive")


@pytest.fixture
def doctor(aws, database_url, tmp_path, monkeypatch, capsys):
    """Run `kvswatch doctor` in this process; return its exit code and the lines of stdout and stderr."""
    listing = tmp_path / "accounts.toml"
    listing.write_text(accounts_toml(aws.estate))
    settings = {
        **aws.environment(),
        "KVSWATCH_DATABASE_URL": database_url,
        "KVSWATCH_AWS_ENDPOINT_URL": aws.endpoint,
        "KVSWATCH_ACCOUNTS_FILE": str(listing),
        "KVSWATCH_EXTERNAL_ID": aws.estate.external_id,
        "KVSWATCH_REGIONS": "eu-central-1",
    }

    def doctor(*arguments, **changes):
        for name, value in (settings | changes).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(["doctor", *arguments])
        out, err = capsys.readouterr()
        return ended.value.code, out.splitlines(), err.splitlines()

    return doctor


def checks(lines):
    return [json.loads(line) for line in lines]


def test_it_prints_a_line_a_check_and_names_what_is_missing(aws, doctor, archive):
    number = f"{archive.id:012d}"
    permissions = permissions_by_kind()[archive.kind] - {"iam:GetCredentialReport"}
    with allowing(aws, archive, permissions):
        code, lines, said = doctor("--account", number)
    assert code == 1
    assert any(line.startswith(f"fails        {number}  iam:GetCredentialReport: ") for line in lines)
    assert any(line.startswith(f"ok           {number}  s3:ListBucket: ") for line in lines)
    assert all(line.startswith(("ok ", "fails ", "cannot tell ")) for line in lines)
    assert said[-1].endswith("cannot tell")


def test_as_json_each_line_is_one_check(aws, doctor, archive):
    with trusting(archive, open_trust(aws)):
        code, lines, _ = doctor("--json", "--account", f"{archive.id:012d}")
    assert code == 1
    found = {check["name"]: check for check in checks(lines)}
    assert found["role without external ID"]["health"] == "fails"
    assert "sts:ExternalId" in found["role without external ID"]["todo"]
    assert {check["about"] for check in found.values()} >= {"setting", "database", "worker", "aws", "logs"}


def test_an_account_that_is_not_watched_is_misuse(doctor):
    code, _, said = doctor("--account", "999988887777")
    assert code == 2
    assert "account 999988887777 is not watched" in said[-1]


def test_a_number_that_is_no_account_is_misuse(doctor):
    assert doctor("--account", "12")[0] == 2


def test_without_a_database_the_settings_are_told_all_the_same(doctor):
    code, lines, _ = doctor(
        "--json", KVSWATCH_DATABASE_URL="postgresql://u@127.0.0.1:1/d", KVSWATCH_DATABASE_WAIT_SECONDS="1"
    )
    assert code == 1
    last = checks(lines)[-1]
    assert (last["about"], last["name"], last["health"]) == ("database", "connection", "fails")
    assert "KVSWATCH_DATABASE_URL" in last["message"]


def open_trust(aws):
    policy = trust_policy(aws.estate.poller_arn, aws.estate.external_id)
    del policy["Statement"][0]["Condition"]
    return policy
