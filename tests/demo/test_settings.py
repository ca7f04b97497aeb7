import tomllib

from app.core.aliases_file import parse
from app.demo import settings
from app.demo.estate import estate

FULL = estate()


def test_the_accounts_file_tells_where_log_files_lie():
    listed = {entry["name"]: entry for entry in tomllib.loads(settings.accounts_toml(FULL))["account"]}

    assert set(listed) == {"halden-management", "log-archive", "partner-lab"}
    assert listed["log-archive"]["log_bucket"] == "halden-cloudtrail"
    assert (listed["partner-lab"]["log_bucket"], listed["partner-lab"]["log_prefix"]) == (
        "partner-lab-cloudtrail",
        "audit",
    )


def test_the_aliases_name_the_cameras_of_the_clinic():
    named = {alias.name: alias.camera for alias in parse(settings.aliases_csv(FULL))}

    assert (named["ward-3-corridor"], named["ward-3-entry"]) == ("Camera 17", "Camera 18")


def test_the_settings_open_the_emulated_organization(tmp_path, aws):
    made = settings.demo_settings(tmp_path, 5055, small=True)

    assert made.aws_endpoint_url == "http://127.0.0.1:5055"
    assert made.external_id.get_secret_value() == aws.estate.external_id
    assert settings.demo_environment(tmp_path, 1)["AWS_ACCESS_KEY_ID"] == aws.credentials.access_key
    assert set(made.regions) == {"eu-central-1", "eu-west-1", "us-east-1"}
