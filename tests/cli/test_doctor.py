import json
import os
import subprocess
import sys

import pytest

from app.core.onboarding.policy import trust_policy
from app.demo.settings import accounts_toml
from app.services.permissions import permissions_by_kind
from tests.builders.polling import account_of
from tests.builders.probing import allowing, trusting


@pytest.fixture
def archive(aws):
    return next(account_of(aws, one.name) for one in aws.estate.accounts if one.kind == "log_archive")


@pytest.fixture
def run(aws, database_url, tmp_path):
    listing = tmp_path / "accounts.toml"
    listing.write_text(accounts_toml(aws.estate))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KVSWATCH_")},
        **aws.environment(),
        "KVSWATCH_DATABASE_URL": database_url,
        "KVSWATCH_AWS_ENDPOINT_URL": aws.endpoint,
        "KVSWATCH_ACCOUNTS_FILE": str(listing),
        "KVSWATCH_EXTERNAL_ID": aws.estate.external_id,
        "KVSWATCH_REGIONS": "eu-central-1",
    }

    def run(*arguments, **changes):
        return subprocess.run(
            [sys.executable, "-m", "app", "doctor", *arguments],
            env=environment | changes,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def checks(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_it_prints_a_line_a_check_and_names_what_is_missing(aws, run, archive):
    number = f"{archive.id:012d}"
    permissions = permissions_by_kind()[archive.kind] - {"iam:GetCredentialReport"}
    with allowing(aws, archive, permissions):
        result = run("--account", number)
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert any(line.startswith(f"fails        {number}  iam:GetCredentialReport: ") for line in lines)
    assert any(line.startswith(f"ok           {number}  s3:ListBucket: ") for line in lines)
    assert all(line.startswith(("ok ", "fails ", "cannot tell ")) for line in lines)
    assert result.stderr.splitlines()[-1].endswith("cannot tell")


def test_as_json_each_line_is_one_check(aws, run, archive):
    with trusting(archive, open_trust(aws)):
        result = run("--json", "--account", f"{archive.id:012d}")
    assert result.returncode == 1
    found = {check["name"]: check for check in checks(result)}
    assert found["role without external ID"]["health"] == "fails"
    assert "sts:ExternalId" in found["role without external ID"]["todo"]
    assert {check["about"] for check in found.values()} >= {"setting", "database", "worker", "aws", "logs"}


def test_an_account_that_is_not_watched_is_misuse(run):
    result = run("--account", "999988887777")
    assert result.returncode == 2
    assert "account 999988887777 is not watched" in result.stderr


def test_a_number_that_is_no_account_is_misuse(run):
    assert run("--account", "12").returncode == 2


def test_without_a_database_the_settings_are_told_all_the_same(run):
    result = run("--json", KVSWATCH_DATABASE_URL="postgresql://u@127.0.0.1:1/d", KVSWATCH_DATABASE_WAIT_SECONDS="1")
    assert result.returncode == 1
    last = checks(result)[-1]
    assert (last["about"], last["name"], last["health"]) == ("database", "connection", "fails")
    assert "KVSWATCH_DATABASE_URL" in last["message"]


def open_trust(aws):
    policy = trust_policy(aws.estate.poller_arn, aws.estate.external_id)
    del policy["Statement"][0]["Condition"]
    return policy
