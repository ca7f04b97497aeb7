"""Check whether kvswatch can do its work: database, worker, feeds, and each account against AWS."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.aws.session import AwsSettings
from app.core.arn import account_text
from app.core.errors import InvalidInput
from app.core.health import Check, Health, feed_checks, skew_check, trail_checks, worker_check
from app.core.model.account import Account
from app.core.model.scope import EVERYTHING
from app.db.queries import accounts, feeds, snapshots, workers
from app.db.queries.health import DatabaseRole, database_facts
from app.services.check_access import Report, check_access
from app.services.watch_accounts import RETENTION_FEED, Wanted, watch_accounts

AT_ONCE = 8
"""Accounts that are asked at the same time."""
OLDEST_MAJOR, NEWEST_MAJOR = 15, 18
_NO_ACCOUNT = "kvswatch onboard writes the roles and adds an account; docs/accounts.md shows a list of them"


@dataclass(frozen=True, slots=True)
class Looked:
    """One account that was looked at, and what was found."""

    account: Account
    checks: tuple[Check, ...]


def check_database(engine: Engine, clock: Callable[[], datetime]) -> Iterator[Check]:
    """Yield the checks of the database; its schema was compared before an engine could be had."""
    try:
        with engine.connect() as connection:
            facts = database_facts(connection)
            ours = clock()
    except DBAPIError as error:
        yield Check("database", "connection", Health.FAILS, str(error.orig).strip(), "check KVSWATCH_DATABASE_URL")
        return
    yield Check("database", "connection", Health.OK, f"reached as {facts.login}, schema of this release")
    major = facts.version // 10_000
    fits = OLDEST_MAJOR <= major <= NEWEST_MAJOR
    todo = "" if fits else f"use Postgres {OLDEST_MAJOR} to {NEWEST_MAJOR}"
    yield Check("database", "version", Health.OK if fits else Health.FAILS, f"Postgres {major}", todo)
    yield skew_check("database", "the database's", facts.now - ours)
    yield from map(_role_check, facts.roles)


def _role_check(role: DatabaseRole) -> Check:
    faults = {
        "is not there": not role.is_there,
        "cannot be put on by the login": role.is_there and not role.can_be_put_on,
        "is a superuser": role.is_superuser,
        "may write, and pages read under it": role.name == "kvswatch_read" and role.may_write,
        "may create tables": role.name != "kvswatch_owner" and role.may_create,
    }
    found = [fault for fault, is_so in faults.items() if is_so]
    if not found:
        return Check("database", role.name, Health.OK, "is there, with its own rights and no more")
    return Check("database", role.name, Health.FAILS, "; ".join(found), "run kvswatch migrate as the database's owner")


def check_worker(engine: Engine, now: datetime, lease_s: int) -> Check:
    """Tell whether a worker is alive."""
    with engine.connect() as connection:
        running = workers.running(connection)
    return worker_check([worker.heartbeat_at for worker in running], now, lease_s)


def check_retention(engine: Engine, now: datetime) -> Iterator[Check]:
    """Yield whether what is too old is dropped; nothing before a worker has run for the first time."""
    with engine.connect() as connection:
        found = feeds.feeds(connection, EVERYTHING, RETENTION_FEED.account_id)
    yield from feed_checks("retention", found, now)


def accounts_to_check(engine: Engine, wanted: Wanted, now: datetime) -> tuple[Account, ...]:
    """Return the accounts that are watched, those included that the settings name and nobody has stored yet."""
    with engine.connect() as connection, connection.begin() as transaction:
        savepoint = connection.begin_nested()
        try:
            watch_accounts(connection, wanted, now)
        except InvalidInput:
            # Told with the setting itself; what is stored can be checked all the same.
            savepoint.rollback()
        found = accounts.accounts(connection, EVERYTHING)
        # To look is not to change: the worker stores them when it starts.
        transaction.rollback()
    return found


def check_logs(watched: Sequence[Account]) -> Check:
    """Tell whether any account names a bucket of log files: media calls are found nowhere else."""
    places = sorted({place for account in watched for place in (*account.log_buckets, account.log_group) if place})
    if not watched:
        return Check("logs", "accounts", Health.FAILS, "no account is watched", _NO_ACCOUNT)
    if not places:
        message = "no account names a log_bucket, and calls on media are data events, which are in log files alone"
        return Check("logs", "buckets", Health.FAILS, message, "set log_bucket of an account in accounts.toml")
    return Check("logs", "buckets", Health.OK, f"logs are read from {', '.join(places)}")


def check_accounts(
    engine: Engine, watched: Sequence[Account], aws: AwsSettings, clock: Callable[[], datetime], report: Report
) -> Iterator[Looked]:
    """Yield each account with its checks, in order; several are asked at the same time."""

    def look(account: Account) -> Looked:
        found = check_access(engine, account, aws, clock(), report)
        return Looked(account, (*found, *_feeds(engine, account, clock()), *_trails(engine, account)))

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="doctor") as pool:
        yield from pool.map(look, watched)


def _feeds(engine: Engine, account: Account, now: datetime) -> Iterator[Check]:
    with engine.connect() as connection:
        found = feeds.feeds(connection, EVERYTHING, account.id)
    about = account_text(account.id)
    if not found:
        yield Check(about, "feeds", Health.CANNOT_TELL, "has no feeds yet", "start kvswatch run or kvswatch worker")
    yield from feed_checks(about, found, now)


def _trails(engine: Engine, account: Account) -> Iterator[Check]:
    """Yield the trails of a stored account whose log nobody reads; one that is not stored has none that are known."""
    with engine.connect() as connection:
        named = accounts.accounts(connection, EVERYTHING)
        if account.id not in {one.id for one in named}:
            return
        found = snapshots.load_snapshot(connection, EVERYTHING, account.id).trails
    read = {place for one in named for place in (*one.log_buckets, one.log_group) if place}
    yield from trail_checks(account_text(account.id), found, read)
