from app import config
from app.core.health import Health
from app.services.check_settings import check_settings

ROLE = "arn:aws:iam::111122223333:role/kvswatch-management"


def checks(**environment):
    return {
        check.name.removeprefix("KVSWATCH_"): check
        for check in check_settings(config.load(environment), config.unknown_settings(dict.fromkeys(environment, "")))
    }


def test_every_setting_has_its_line_and_defaults_are_fine():
    found = checks()
    assert set(found) == {name.upper() for name in config.Settings.model_fields}
    assert {check.health for check in found.values()} == {Health.OK}
    assert found["REGIONS"].message == "us-east-1"
    assert found["POLL_MINUTES"].message == "15 (default)"


def test_secrets_are_not_shown():
    found = checks(KVSWATCH_EXTERNAL_ID="s3cret-id", KVSWATCH_DATABASE_URL="postgresql://u:s3cret@h/d")
    assert not any("s3cret" in f"{check.message}{check.todo}" for check in found.values())


def test_a_misspelt_setting_is_named_with_what_was_meant():
    check = checks(KVSWATCH_REGION="eu-west-1")["REGION"]
    assert (check.health, check.todo) == (Health.FAILS, "did you mean KVSWATCH_REGIONS?")


def test_a_region_that_nobody_knows_may_be_new():
    check = checks(KVSWATCH_REGIONS="eu-centrall-1,eu-west-1")["REGIONS"]
    assert check.health is Health.CANNOT_TELL
    assert check.message.startswith("eu-centrall-1:")


def test_no_region_at_all_fails():
    assert checks(KVSWATCH_REGIONS=" , ")["REGIONS"].health is Health.FAILS


def test_an_accounts_file_that_cannot_be_read_fails(tmp_path):
    missing = checks(KVSWATCH_ACCOUNTS_FILE=str(tmp_path / "none.toml"))["ACCOUNTS_FILE"]
    assert missing.health is Health.FAILS
    assert "none.toml" in missing.message


def test_a_fault_in_the_accounts_file_is_named(tmp_path):
    path = tmp_path / "accounts.toml"
    path.write_text('[[account]]\nid = "12"\n')
    assert "id = '12'" in checks(KVSWATCH_ACCOUNTS_FILE=str(path))["ACCOUNTS_FILE"].message
    path.write_text('[[account]]\nid = "111122223333"\n')
    assert checks(KVSWATCH_ACCOUNTS_FILE=str(path))["ACCOUNTS_FILE"].health is Health.OK


def test_a_role_arn_is_one_of_a_role():
    assert checks(KVSWATCH_ROLE_ARN=ROLE)["ROLE_ARN"].health is Health.OK
    assert checks(KVSWATCH_ROLE_ARN="kvswatch-management")["ROLE_ARN"].health is Health.FAILS
    assert checks(KVSWATCH_ROLE_ARN=ROLE.replace("role/", "user/"))["ROLE_ARN"].health is Health.FAILS


def test_an_external_id_is_one_that_aws_takes():
    assert checks(KVSWATCH_EXTERNAL_ID="kv:1/a@b")["EXTERNAL_ID"].health is Health.OK
    assert checks(KVSWATCH_EXTERNAL_ID="with space")["EXTERNAL_ID"].health is Health.FAILS
    assert checks(KVSWATCH_EXTERNAL_ID="x")["EXTERNAL_ID"].health is Health.FAILS


def test_an_endpoint_that_is_not_aws_is_told():
    assert "not to AWS" in checks(KVSWATCH_AWS_ENDPOINT_URL="http://127.0.0.1:1")["AWS_ENDPOINT_URL"].message
