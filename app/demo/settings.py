"""The settings with which the real kvswatch runs over the emulated organization."""

from pathlib import Path

from app import config
from app.config import Settings
from app.demo.estate import estate
from app.demo.identifiers import secret
from app.demo.nouns import Estate
from app.demo.resources import stream_arn

POLL_MINUTES = 2
INGEST_SECONDS = 15
WORKER_THREADS = 3
ALIASES = "aliases.csv"
_OWNERS = {"restricted": "Nursing management", "public": "Facility management"}


def demo_environment(home: Path, port: int) -> dict[str, str]:
    """Return the environment of the demo's worker and web processes, without the database."""
    made = estate()
    account = made.account(made.poller_account)
    key = next(user for user in account.cast.users if user.name == made.poller_user).keys[0].id
    return {
        "KVSWATCH_AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "KVSWATCH_DATA_DIR": str(home),
        "KVSWATCH_ACCOUNTS_FILE": str(home / "accounts.toml"),
        "KVSWATCH_EXTERNAL_ID": made.external_id,
        "KVSWATCH_REGIONS": ",".join(regions(made)),
        "KVSWATCH_POLL_MINUTES": str(POLL_MINUTES),
        "KVSWATCH_INGEST_SECONDS": str(INGEST_SECONDS),
        "KVSWATCH_START_DAYS": "31",
        "KVSWATCH_WORKERS": str(WORKER_THREADS),
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret(key),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def demo_settings(home: Path, port: int, *, small: bool) -> Settings:
    """Write the demo's accounts.toml and aliases.csv into `home` and return its settings."""
    made = estate(small=small)
    (home / "accounts.toml").write_text(accounts_toml(made))
    (home / ALIASES).write_text(aliases_csv(made))
    return config.load(demo_environment(home, port))


def accounts_toml(made: Estate) -> str:
    """Return what the organization's listing cannot tell: who manages it, and whose buckets hold log files."""
    entries = [
        f'[[account]]\nid = "{account.id}"\nname = "{account.name}"\nkind = "{account.kind}"\n'
        + (f'log_bucket = "{account.log_bucket}"\nlog_prefix = "{account.log_prefix}"\n' if account.log_bucket else "")
        for account in made.accounts
        if account.kind != "member" or account.log_bucket
    ]
    return "\n".join(entries)


def aliases_csv(made: Estate) -> str:
    """Return what the clinic's people call their cameras, as `kvswatch aliases` reads it."""
    clinic = [account for account in made.accounts if account.name == "clinic-video"]
    rows = [
        f"{stream_arn(account.id, stream)},Camera {number},{stream.name.rpartition('-')[0]},{_OWNERS[zone]}"
        for account in clinic
        for number, stream in enumerate(account.streams, 7)
        if (zone := stream.tags.get("zone", "")) in _OWNERS
    ]
    return "\n".join(("stream,camera,site,owner", *rows))


def regions(made: Estate) -> tuple[str, ...]:
    """Return every Region that the organization uses, the home Region first."""
    return tuple(dict.fromkeys(region for account in made.accounts for region in account.regions))
