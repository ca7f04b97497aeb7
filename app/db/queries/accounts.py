"""The accounts that are watched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.core.model.account import Account, AccountKind
from app.core.model.feed import FeedKey
from app.core.model.scope import Scope
from app.db.sql import text

_COLUMNS = """account_id, name, kind, partition, role_arn, external_id, regions, log_bucket, more_log_buckets,
  log_prefix, log_queue, log_group, log_endpoint, log_profile, log_requester_pays"""


def accounts(connection: Connection, scope: Scope) -> tuple[Account, ...]:
    """Return the watched accounts that `scope` may see, in order of name."""
    rows = connection.execute(
        text(f"""select {_COLUMNS} from account
                 where removed_at is null and (:all or account_id = any(:visible)) order by name, account_id"""),
        _visible(scope),
    )
    return tuple(_account(row) for row in rows)


def account(connection: Connection, scope: Scope, account_id: int) -> Account | None:
    """Return one account, watched or watched once; None when there is none that `scope` may see."""
    row = connection.execute(
        text(f"select {_COLUMNS} from account where account_id = :id and (:all or account_id = any(:visible))"),
        {"id": account_id, **_visible(scope)},
    ).one_or_none()
    return None if row is None else _account(row)


def added_at(connection: Connection, account_id: int) -> datetime:
    """Return when the account was first added."""
    found: datetime = connection.execute(
        text("select added_at from account where account_id = :id"), {"id": account_id}
    ).scalar_one()
    return found


def store_account(connection: Connection, account: Account, source: str, now: datetime) -> bool:
    """Add an account, or bring it up to date; return whether it is new. A removed one is watched again.

    `source`: "organization", "file" or "added".
    """
    is_new: bool = connection.execute(
        text("""insert into account (account_id, name, kind, partition, role_arn, external_id, regions,
                  log_bucket, more_log_buckets, log_prefix, log_queue, log_group, log_endpoint, log_profile,
                  log_requester_pays, source, added_at)
                values (:id, :name, :kind, :partition, :role_arn, :external_id, :regions,
                  :log_bucket, :more_log_buckets, :log_prefix, :log_queue, :log_group, :log_endpoint, :log_profile,
                  :log_requester_pays, :source, :now)
                on conflict (account_id) do update set
                  name = excluded.name, kind = excluded.kind, partition = excluded.partition,
                  role_arn = excluded.role_arn, external_id = excluded.external_id, regions = excluded.regions,
                  log_bucket = excluded.log_bucket, more_log_buckets = excluded.more_log_buckets,
                  log_prefix = excluded.log_prefix, log_queue = excluded.log_queue,
                  log_group = excluded.log_group, log_endpoint = excluded.log_endpoint,
                  log_profile = excluded.log_profile, log_requester_pays = excluded.log_requester_pays,
                  source = excluded.source, removed_at = null
                returning xmax = 0"""),
        {
            "id": account.id,
            "name": account.name,
            "kind": account.kind.value,
            "partition": account.partition,
            "role_arn": account.role_arn,
            "external_id": account.external_id,
            "regions": list(account.regions),
            "log_bucket": account.log_bucket,
            "more_log_buckets": list(account.more_log_buckets),
            "log_prefix": account.log_prefix,
            "log_queue": account.log_queue,
            "log_group": account.log_group,
            "log_endpoint": account.log_endpoint,
            "log_profile": account.log_profile,
            "log_requester_pays": account.log_requester_pays,
            "source": source,
            "now": now,
        },
    ).scalar_one()
    return is_new


def sources(connection: Connection) -> dict[int, str]:
    """Return where each account came from, removed ones included."""
    rows = connection.execute(text("select account_id, source from account"))
    return {row.account_id: row.source for row in rows}


def end_accounts(connection: Connection, account_ids: Sequence[int], now: datetime) -> None:
    """Watch these accounts no more; what is known of them stays."""
    connection.execute(
        text("update account set removed_at = :now where account_id = any(:ids) and removed_at is null"),
        {"ids": list(account_ids), "now": now},
    )


def end_feeds(connection: Connection, account_id: int, keep: Sequence[FeedKey]) -> None:
    """Remove the account's feeds that are not in `keep`; a run under way finds its lease gone and stores nothing."""
    connection.execute(
        text("""delete from feed where account_id = :account_id and not exists (
                  select from unnest(cast(:sources as text[]), cast(:regions as text[])) as kept (source, region)
                  where kept.source = feed.source and kept.region = feed.region)"""),
        {
            "account_id": account_id,
            "sources": [key.source for key in keep],
            "regions": [key.region for key in keep],
        },
    )


def _visible(scope: Scope) -> dict[str, Any]:
    return {"all": scope.accounts is None, "visible": sorted(scope.accounts or ())}


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.account_id,
        name=row.name,
        kind=AccountKind(row.kind),
        role_arn=row.role_arn,
        external_id=row.external_id,
        regions=tuple(row.regions),
        partition=row.partition,
        log_bucket=row.log_bucket,
        more_log_buckets=tuple(row.more_log_buckets),
        log_prefix=row.log_prefix,
        log_queue=row.log_queue,
        log_group=row.log_group,
        log_endpoint=row.log_endpoint,
        log_profile=row.log_profile,
        log_requester_pays=row.log_requester_pays,
    )
