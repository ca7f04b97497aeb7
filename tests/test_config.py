"""Settings: read from the environment and from files, complained about by name."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from app import config
from app.config import MalformedSettings, Settings
from app.core.retention import LEAST_DAYS


def test_it_has_a_default_for_every_setting() -> None:
    assert config.load({}).workers == 2


def test_the_past_is_read_as_far_back_as_event_history_reaches_unless_asked_otherwise() -> None:
    assert config.load({}).start_days == 90


@pytest.mark.parametrize("name", ["KVSWATCH_KEEP_DAYS", "KVSWATCH_KEEP_COUNT_DAYS"])
def test_nothing_is_dropped_sooner_than_ingest_takes_for_new(name: str) -> None:
    assert config.load({"KVSWATCH_KEEP_DAYS": "90", name: str(LEAST_DAYS)}).keep_days == LEAST_DAYS
    with pytest.raises(MalformedSettings, match=name):
        config.load({name: str(LEAST_DAYS - 1)})


def test_it_reads_regions_separated_by_commas() -> None:
    assert config.load({"KVSWATCH_REGIONS": "eu-central-1, us-east-1"}).regions == ("eu-central-1", "us-east-1")


def test_it_reads_the_environment_that_it_is_given_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVSWATCH_WORKERS", "17")
    assert config.load({}).workers == 2
    assert config.load().workers == 17


def test_raw_records_cannot_be_kept_longer_than_their_calls() -> None:
    with pytest.raises(MalformedSettings, match=r"KVSWATCH_KEEP_RAW_DAYS='500': .*more than KVSWATCH_KEEP_DAYS=400"):
        config.load({"KVSWATCH_KEEP_RAW_DAYS": "500"})
    assert config.load({"KVSWATCH_KEEP_DAYS": "500", "KVSWATCH_KEEP_RAW_DAYS": "500"}).keep_raw_days == 500


def test_counts_are_kept_at_least_as_long_as_their_calls() -> None:
    with pytest.raises(MalformedSettings, match=r"KVSWATCH_KEEP_COUNT_DAYS='300': .*less than KVSWATCH_KEEP_DAYS=400"):
        config.load({"KVSWATCH_KEEP_COUNT_DAYS": "300"})
    assert config.load({"KVSWATCH_KEEP_COUNT_DAYS": "1000"}).keep_count_days == 1000


def test_a_malformed_number_of_days_is_the_only_complaint() -> None:
    with pytest.raises(MalformedSettings) as raised:
        config.load({"KVSWATCH_KEEP_DAYS": "10", "KVSWATCH_KEEP_RAW_DAYS": "30"})
    assert str(raised.value).startswith("KVSWATCH_KEEP_DAYS='10': ")
    assert "\n" not in str(raised.value)


def test_an_empty_setting_has_its_default() -> None:
    assert config.load({"KVSWATCH_ROLE_ARN": "", "KVSWATCH_WORKERS": "", "KVSWATCH_REGIONS": ""}) == config.load({})


def test_it_takes_a_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("of-this-install\n")
    settings = config.load({"KVSWATCH_EXTERNAL_ID_FILE": str(tmp_path / "id")})
    assert settings.external_id is not None
    assert settings.external_id.get_secret_value() == "of-this-install"


def test_it_names_a_secret_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MalformedSettings, match=r"KVSWATCH_EXTERNAL_ID_FILE=.*: cannot read the file"):
        config.load({"KVSWATCH_EXTERNAL_ID_FILE": str(tmp_path / "none")})


def test_it_names_a_secret_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "id").write_bytes(b"\xff\xfehunter2")
    with pytest.raises(MalformedSettings) as raised:
        config.load({"KVSWATCH_EXTERNAL_ID_FILE": str(tmp_path / "id")})
    assert str(raised.value) == f"KVSWATCH_EXTERNAL_ID_FILE={tmp_path / 'id'}: the file is not UTF-8 text"


def test_it_does_not_read_a_secret_file_for_ever() -> None:
    with pytest.raises(MalformedSettings, match=r"KVSWATCH_EXTERNAL_ID_FILE=/dev/zero: the file is larger than"):
        config.load({"KVSWATCH_EXTERNAL_ID_FILE": "/dev/zero"})


def test_it_does_not_take_accounts_file_for_a_secret() -> None:
    assert config.load({"KVSWATCH_ACCOUNTS_FILE": "/etc/accounts.toml"}).accounts_file == Path("/etc/accounts.toml")


def test_it_names_every_malformed_setting_with_its_value_and_what_is_allowed() -> None:
    with pytest.raises(MalformedSettings) as caught:
        config.load({"KVSWATCH_WORKERS": "many", "KVSWATCH_LOG_LEVEL": "loud"})
    workers, level = str(caught.value).splitlines()
    assert workers.startswith("KVSWATCH_WORKERS='many': ")
    assert "Allowed: 1 to 64" in workers
    assert level.startswith("KVSWATCH_LOG_LEVEL='loud': ")
    assert "debug, info, warning or error" in level


def test_it_hides_a_malformed_secret() -> None:
    assert "hunter2" not in str(config.load({"KVSWATCH_DATABASE_URL": "postgresql://u:hunter2@h/d"}))


def test_it_finds_misspelt_settings() -> None:
    names = {"KVSWATCH_WORKER": "2", "KVSWATCH_WORKERS": "2", "KVSWATCH_EXTERNAL_ID_FILE": "/x", "HOME": "/root"}
    assert config.unknown_settings(names) == ("KVSWATCH_WORKER",)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_means(name: str) -> None:
    assert Settings.model_fields[name].description


def test_an_ordinary_user_s_data_lies_in_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert config.default_data_dir() == tmp_path / "kvswatch"


# What the compose file sets itself, and why.
OF_THE_CONTAINER = {
    "data_dir": "the image's own: the volume of the keys lies there",
    "database_url": "the socket of the database beside it",
    "accounts_file": "the place at which the file of the host is mounted",
}


def compose_app() -> dict[str, Any]:
    """Return the app of docker-compose.yml as it stands there, without what the shell fills in."""
    text = (Path(__file__).parents[1] / "docker-compose.yml").read_text()
    app: dict[str, Any] = yaml.safe_load(text)["services"]["app"]
    return app


@pytest.mark.parametrize("field", sorted(set(Settings.model_fields) - set(OF_THE_CONTAINER)))
def test_compose_hands_on_each_setting_and_leaves_an_unset_one_unset(field: str) -> None:
    given = compose_app()["environment"]
    name = f"KVSWATCH_{field.upper()}"
    assert name in given
    assert given[name] is None


def test_compose_names_no_variable_that_is_no_setting() -> None:
    given = compose_app()["environment"]
    assert config.unknown_settings(dict.fromkeys(given, "")) == ()


def test_compose_mounts_the_accounts_file_where_the_container_looks_for_it() -> None:
    app = compose_app()
    place = app["environment"]["KVSWATCH_ACCOUNTS_FILE"]
    (mount,) = [each for each in app["volumes"] if isinstance(each, dict)]
    assert (mount["target"], mount["read_only"]) == (place, True)
    assert mount["source"] == "${KVSWATCH_ACCOUNTS_FILE:-/dev/null}"
