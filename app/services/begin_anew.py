"""Lets a feed begin anew when its account's logs lie elsewhere by now: a cursor tells how far one place was read."""

from datetime import datetime

from sqlalchemy import Connection

from app.core.model.account import Account
from app.core.model.feed import FeedKey
from app.core.model.scope import EVERYTHING
from app.db.queries import feeds


def begin_anew(connection: Connection, before: Account, after: Account, now: datetime) -> None:
    """Forget how far the feeds of an account came whose bucket, prefix, queue or log group is another one.

    In the transaction that stores the account. A run under way finds its lease gone and stores nothing more.
    """
    known = feeds.feeds(connection, EVERYTHING, after.id)
    feeds.forget(connection, [feed.key for feed in known if _read(before, feed.key) != _read(after, feed.key)], now)


def _read(account: Account, key: FeedKey) -> tuple[object, ...]:
    """Return what a feed of the account reads: what its cursor is of."""
    match key.source:
        case "s3_logs" | "s3_digests":
            return account.reading(key.region).log_bucket, account.log_prefix, account.log_endpoint
        case "sqs_logs":
            # Its cursor tells of no bucket; a run under way would set aside what the new one announces.
            return account.log_queue, account.log_buckets, account.log_prefix
        case "cloudwatch_logs":
            return (account.log_group,)
        case _:
            return ()
