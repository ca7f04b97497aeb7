"""Every setting of kvswatch, its default and its meaning.

A setting is the environment variable `KVSWATCH_<NAME>`. A secret may also come from a file: `KVSWATCH_<NAME>_FILE`.
`docs/settings.md` is made from this file.
"""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "KVSWATCH_"
_SECRET_BYTES = 64 << 10
"""No URL or external ID is that long; a device would be read for ever."""


class MalformedSettings(Exception):
    """A setting cannot be used: one line each, with its name, what it holds and what is allowed."""


def default_data_dir() -> Path:
    """Return where the embedded database and keys lie when nothing else is said."""
    if os.geteuid() == 0:
        return Path("/var/lib/kvswatch")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "kvswatch"


class Settings(BaseSettings):
    """What can be set, read once by the entry points and handed on as values."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(
        None, description="A Postgres server (15 to 18) instead of the embedded one: postgresql+psycopg://user@host/db."
    )
    database_wait_seconds: int = Field(
        30, ge=0, le=3600, description="How long a command waits for the database to answer before it gives up."
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Folder of the embedded database and keys; root: /var/lib/kvswatch, else ~/.local/share/kvswatch.",
    )
    accounts_file: Path | None = Field(
        None, description="accounts.toml that lists the accounts to watch; see docs/accounts.md."
    )
    role_arn: str | None = Field(
        None, description="Role ARN of the management account, whose Organizations listing names all accounts."
    )
    member_role_name: str = Field("kvswatch-member", description="Name of the role in each member account.")
    external_id: SecretStr | None = Field(
        None, description="External ID that the roles' trust policies ask for; made on first start when not given."
    )
    regions: Annotated[tuple[str, ...], NoDecode] = Field(
        ("us-east-1",), description="Regions whose streams and trails are read, separated by commas."
    )
    aws_endpoint_url: str | None = Field(
        None, description="Another endpoint for every AWS service: an emulator, or a proxy."
    )
    start_days: int = Field(90, ge=1, le=3650, description="How many days back CloudTrail files are read at first.")
    keep_days: int = Field(
        400,
        ge=90,
        le=3650,
        description="How many days calls are kept, dropped by whole months: a year, which rules on audit trails ask "
        "for, and a month to look at it in. CloudTrail files of before are not read.",
    )
    keep_raw_days: int | None = Field(
        None,
        ge=1,
        le=3650,
        description="How many days the raw records of calls are kept, which are most of what is stored; at most "
        "KVSWATCH_KEEP_DAYS. As many when not given: a record is the evidence of its call.",
    )
    keep_count_days: int | None = Field(
        None,
        ge=90,
        le=3650,
        description="How many days the counts of calls by day are kept: who used what, how often and when last. At "
        "least KVSWATCH_KEEP_DAYS, and as many when not given; where their calls are gone the list of calls says so.",
    )
    max_file_mb: int = Field(
        256,
        ge=64,
        le=4096,
        description="Largest CloudTrail file that is read, in MB (of 1,048,576 bytes), uncompressed: each feed that "
        "reads one holds it in memory. CloudTrail itself writes at most 50 MB. What was too large is read once it no "
        "longer is. `kvswatch ingest --limit-mb` says otherwise for one import.",
    )
    poll_minutes: int = Field(15, ge=1, le=1440, description="Minutes between two polls of an account's parts.")
    ingest_seconds: int = Field(60, ge=5, le=86400, description="Seconds between two looks for new CloudTrail files.")
    workers: int = Field(2, ge=1, le=64, description="Feeds that one worker process runs at the same time.")
    lease_seconds: int = Field(
        60, ge=5, le=3600, description="How long a worker may be silent before others take over."
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what `load` hands in and nothing else: the demo is not to take the settings of whoever starts it."""
        return (init_settings,)

    @field_validator("keep_raw_days")
    @classmethod
    def _within_keep_days(cls, value: int | None, given: ValidationInfo) -> int | None:
        # Absent when it is malformed itself, and told so.
        most = given.data.get("keep_days")
        if value is not None and most is not None and value > most:
            raise ValueError(f"more than KVSWATCH_KEEP_DAYS={most}, and no raw record outlives its call")
        return value

    @field_validator("keep_count_days")
    @classmethod
    def _beyond_keep_days(cls, value: int | None, given: ValidationInfo) -> int | None:
        least = given.data.get("keep_days")
        if value is not None and least is not None and value < least:
            raise ValueError(f"less than KVSWATCH_KEEP_DAYS={least}, and no call outlives its count")
        return value

    @field_validator("regions", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


def load(environment: dict[str, str] | None = None) -> Settings:
    """Return the settings of the environment.

    Raises:
        MalformedSettings: one line for each setting that is malformed: its name, what it holds, what is allowed.
    """
    values = dict(os.environ) if environment is None else environment
    # Empty is the same as absent: it is what a compose file hands on of a variable that nobody set.
    given = {name[len(PREFIX) :].lower(): text for name, text in values.items() if name.startswith(PREFIX) and text}
    for name in [
        name for name in given if name.endswith("_file") and name.removesuffix("_file") in Settings.model_fields
    ]:
        given[name.removesuffix("_file")] = _secret(name, given.pop(name))
    known = {name: text for name, text in given.items() if name in Settings.model_fields}
    try:
        return Settings.model_validate(known)
    except ValidationError as error:
        raise MalformedSettings("\n".join(_complaint(problem, known) for problem in error.errors())) from None


def unknown_settings(environment: dict[str, str] | None = None) -> tuple[str, ...]:
    """Return the KVSWATCH_* variables that name no setting: most often a misspelling."""
    names = os.environ if environment is None else environment
    fields = {PREFIX + field.upper() for field in Settings.model_fields}
    return tuple(
        sorted(n for n in names if n.startswith(PREFIX) and n.removesuffix("_FILE") not in fields and n not in fields)
    )


def _secret(name: str, path: str) -> str:
    """Return what is in the file `path`, which may be a pipe: `<(pass show kvswatch)` of a shell is one."""
    setting = f"{PREFIX}{name.upper()}={path}"
    try:
        with Path(path).open("rb") as file:
            held = file.read(_SECRET_BYTES + 1)
        if len(held) > _SECRET_BYTES:
            raise MalformedSettings(
                f"{setting}: the file is larger than {_SECRET_BYTES} bytes: name one with the value alone"
            )
        return held.decode("utf-8").strip()
    except OSError as error:
        raise MalformedSettings(f"{setting}: cannot read the file: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MalformedSettings(f"{setting}: the file is not UTF-8 text") from None


def _complaint(problem: Any, given: dict[str, str]) -> str:
    field = str(problem["loc"][0])
    secret = "SecretStr" in str(Settings.model_fields[field].annotation)
    value = "(hidden)" if secret else repr(given.get(field))
    meaning = Settings.model_fields[field].description
    return f"{PREFIX}{field.upper()}={value}: {problem['msg']}.{_allowed(field)} {meaning}"


def _allowed(field: str) -> str:
    """Return the range of a number, from its declaration."""
    bounds = Settings.model_fields[field].metadata
    least = next((bound.ge for bound in bounds if hasattr(bound, "ge")), None)
    most = next((bound.le for bound in bounds if hasattr(bound, "le")), None)
    return f" Allowed: {least} to {most}." if least is not None and most is not None else ""
