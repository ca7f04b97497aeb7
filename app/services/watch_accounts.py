"""Watch the accounts that the settings name, each with the feeds that keep it current."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from app.core import accounts_file
from app.core.accounts_file import Defaults
from app.core.arn import account_id, parse
from app.core.errors import InvalidInput
from app.core.model.account import Account, AccountKind
from app.core.model.feed import FeedKey
from app.core.onboarding.roles import ROLE_NAMES
from app.db.queries.feeds import add_feeds
from app.db.queries.install import Install, settle
from app.services.onboard_account import Cadence, FeedPlan, onboard

ACTOR = "settings"
EVALUATE = "evaluate"
S3_LOGS = "s3_logs"
SQS_LOGS = "sqs_logs"
CLOUDWATCH_LOGS = "cloudwatch_logs"
S3_DIGESTS = "s3_digests"
LOOKUP_EVENTS = "lookup_events"
RETENTION = "retention"
RETENTION_FEED = FeedKey(0, RETENTION)
"""Of the whole installation: a month is dropped for all accounts at once."""
BACKGROUND = (RETENTION, S3_DIGESTS, "cloudwatch", "kinesisvideo_detail", LOOKUP_EVENTS)
"""Slow, and not needed for a first look: run when nothing else is due, in this order; the account page shows how far
they are. LookupEvents comes last: at two requests a second it takes minutes, and log files tell most of it."""
_LISTEN_EVERY_S = 1
_LISTED_BESIDE_QUEUE_S = 300
"""What a queue announces, the listing of its bucket need not find soon; how far coverage reaches it tells alone."""
_DAY_S = 86_400
_DIGESTS_S = 600
"""Digests come once an hour. After each reading of log files the feed is due as well."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings say of accounts. `external_id` None: this installation's own."""

    accounts_file: Path | None
    management_role_arn: str | None
    member_role_name: str
    external_id: str | None
    regions: tuple[str, ...]
    poll_s: int
    ingest_s: int


def this_install(connection: Connection, now: datetime) -> Install:
    """Return the names of this installation, made at its first start.

    The external ID is 128 random bits: IAM User Guide, "Access to AWS accounts owned by third parties".
    """
    return settle(connection, Install(secrets.token_hex(4), "kvswatch-" + secrets.token_hex(16)), now)


def defaults(wanted: Wanted, install: Install) -> Defaults:
    """Return what an account has when nothing else is said of it."""
    names = ROLE_NAMES | {AccountKind.MEMBER: wanted.member_role_name}
    return Defaults(names, wanted.external_id or install.external_id, wanted.regions)


def cadence(wanted: Wanted) -> Cadence:
    """Return how often an account's feeds run: collectors, CloudTrail sources and evaluation."""

    def further(account: Account) -> FeedPlan:
        if account.log_bucket is not None:
            is_announced = account.log_queue is not None
            every_s = max(wanted.ingest_s, _LISTED_BESIDE_QUEUE_S) if is_announced else wanted.ingest_s
            yield FeedKey(account.id, S3_LOGS), every_s
            yield FeedKey(account.id, S3_DIGESTS), _DIGESTS_S
            for bucket in account.more_log_buckets:
                yield FeedKey(account.id, S3_LOGS, bucket), every_s
                yield FeedKey(account.id, S3_DIGESTS, bucket), _DIGESTS_S
            if is_announced:
                yield FeedKey(account.id, SQS_LOGS), _LISTEN_EVERY_S
        if account.log_group is not None:
            yield FeedKey(account.id, CLOUDWATCH_LOGS, parse(account.log_group).region), wanted.ingest_s
        if account.kind is not AccountKind.LOG_ARCHIVE:
            for region in account.regions:
                yield FeedKey(account.id, LOOKUP_EVENTS, region), wanted.poll_s
        yield FeedKey(account.id, EVALUATE), min(wanted.poll_s, wanted.ingest_s)

    return Cadence(wanted.poll_s, further)


def plan_retention(connection: Connection, now: datetime) -> None:
    """Make sure that what is too old is dropped, once a day."""
    add_feeds(connection, [(RETENTION_FEED, _DAY_S)], now)


def watch_accounts(connection: Connection, wanted: Wanted, now: datetime) -> tuple[Account, ...]:
    """Watch what the settings name; return those accounts. The organization's members follow once it was read.

    Raises:
        InvalidInput: the accounts file cannot be read, or a line of it is wrong; all faults at once.
    """
    given = defaults(wanted, this_install(connection, now))
    named = [*_from_file(wanted.accounts_file, given), *_management(wanted.management_role_arn, given)]
    for account in named:
        onboard(connection, account, "file", cadence=cadence(wanted), actor=ACTOR, now=now)
    return tuple(named)


def _from_file(path: Path | None, given: Defaults) -> tuple[Account, ...]:
    if path is None:
        return ()
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"KVSWATCH_ACCOUNTS_FILE={path}: cannot read it: {error}") from None
    return accounts_file.parse(text, given)


def _management(role: str | None, given: Defaults) -> tuple[Account, ...]:
    if role is None:
        return ()
    number = account_id(role)
    if number is None or not parse(role).resource.startswith("role/"):
        raise InvalidInput(f"KVSWATCH_ROLE_ARN={role}: write it as arn:aws:iam::111122223333:role/kvswatch-management")
    return (
        Account(
            id=number,
            name="management",
            kind=AccountKind.MANAGEMENT,
            role_arn=role,
            external_id=given.external_id,
            regions=given.regions,
            partition=parse(role).partition,
        ),
    )
