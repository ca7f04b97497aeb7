"""What each stream and principal is now, projected from the parts as they are stored, for the lists that pages filter.

A row is swept (`removed_at`) only when a full listing no longer has it: a denied call is not an empty account.
"""

from collections.abc import Iterable
from datetime import datetime

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from app.core.model.principal import Iam, Principal
from app.core.model.stream import ResourceKind, Stream
from app.db.queries._principals import principal_ids
from app.db.sql import text


def project_streams(
    connection: Connection, account_id: int, region: str, kind: ResourceKind, streams: Iterable[Stream], now: datetime
) -> None:
    """Store what a full listing of a Region's streams or channels saw, and sweep those that it no longer has."""
    seen = list(streams)
    ids = _stream_ids(connection, account_id, seen)
    if seen:
        connection.execute(
            text("""insert into stream_state (account_id, stream_id, region, kind, name, status, created_at,
                      retention_hours, kms_key_id, media_type, device_name, channel_type, seen_at)
                    values (:account_id, :stream_id, :region, :kind, :name, :status, :created_at,
                      :retention_hours, :kms_key_id, :media_type, :device_name, :channel_type, :now)
                    on conflict (account_id, stream_id) do update set
                      status = excluded.status, retention_hours = excluded.retention_hours,
                      kms_key_id = excluded.kms_key_id, media_type = excluded.media_type,
                      device_name = excluded.device_name, channel_type = excluded.channel_type,
                      seen_at = excluded.seen_at, removed_at = null"""),
            [_stream_row(account_id, ids[stream.arn], stream, now) for stream in seen],
        )
    connection.execute(
        text("""update stream_state set removed_at = :now
                where account_id = :account_id and region = :region and kind = :kind
                  and removed_at is null and not stream_id = any(:seen)"""),
        {"account_id": account_id, "region": region, "kind": kind.value, "seen": sorted(ids.values()), "now": now},
    )


def project_tags(connection: Connection, account_id: int, tags: dict[str, dict[str, str]]) -> None:
    """Store the tags of streams and channels by ARN; ARNs that no listing has shown are left out."""
    if not tags:
        return
    connection.execute(
        text("""update stream_state set tags = :tags
                where account_id = :account_id and stream_id =
                  (select id from stream where account_id = :account_id and arn = :arn)"""),
        [{"account_id": account_id, "arn": arn, "tags": Jsonb(found)} for arn, found in sorted(tags.items())],
    )


def project_principals(connection: Connection, account_id: int, iam: Iam, seen_at: datetime, *, sweep: bool) -> None:
    """Store the principals of `iam`, last listed at `seen_at`; `sweep` those that are gone from that listing."""
    ids = principal_ids(connection, account_id, [(one.arn, one.kind.value, one.name) for one in iam.principals])
    connection.execute(
        text("""insert into principal_state (account_id, principal_id, kind, name, path, created_at, last_used_at,
                  tags, active_keys, has_mfa, seen_at)
                values (:account_id, :principal_id, :kind, :name, :path, :created_at, :last_used_at,
                  :tags, :active_keys, :has_mfa, :seen_at)
                on conflict (account_id, principal_id) do update set
                  kind = excluded.kind, path = excluded.path, last_used_at = excluded.last_used_at,
                  tags = excluded.tags, active_keys = excluded.active_keys, has_mfa = excluded.has_mfa,
                  seen_at = excluded.seen_at, removed_at = null"""),
        [_principal_row(account_id, ids[principal.arn], principal, seen_at) for principal in iam.principals],
    )
    if sweep:
        connection.execute(
            text("""update principal_state set removed_at = :seen_at
                    where account_id = :account_id and removed_at is null and not principal_id = any(:seen)"""),
            {"account_id": account_id, "seen": sorted(ids.values()), "seen_at": seen_at},
        )


def listed_in(connection: Connection, account_ids: Iterable[int]) -> int:
    """Return how many roles and users some accounts have, those that are gone included."""
    found: int = connection.execute(
        text("select count(*) from principal_state where account_id = any(:accounts) and kind <> 'group'"),
        {"accounts": sorted(account_ids)},
    ).scalar_one()
    return found


def _stream_ids(connection: Connection, account_id: int, streams: list[Stream]) -> dict[str, int]:
    """Return the dimension's id of each ARN, made where it is new."""
    connection.execute(
        text("""insert into stream (account_id, region, kind, name, arn)
                select :account_id, region, kind, name, arn
                from unnest(cast(:regions as text[]), cast(:kinds as text[]), cast(:names as text[]),
                  cast(:arns as text[])) as given (region, kind, name, arn)
                where not exists (select from stream s where s.account_id = :account_id and s.arn = given.arn)
                order by arn on conflict do nothing"""),
        {
            "account_id": account_id,
            "regions": [stream.region for stream in streams],
            "kinds": [stream.kind.value for stream in streams],
            "names": [stream.name for stream in streams],
            "arns": [stream.arn for stream in streams],
        },
    )
    # A statement of its own: it also sees what another process has just added.
    rows = connection.execute(
        text("select id, arn from stream where account_id = :account_id and arn = any(:arns)"),
        {"account_id": account_id, "arns": [stream.arn for stream in streams]},
    )
    return {row.arn: row.id for row in rows}


def _stream_row(account_id: int, stream_id: int, stream: Stream, now: datetime) -> dict[str, object]:
    return {
        "account_id": account_id,
        "stream_id": stream_id,
        "region": stream.region,
        "kind": stream.kind.value,
        "name": stream.name,
        "status": stream.status,
        "created_at": stream.created_at,
        "retention_hours": stream.retention_hours,
        "kms_key_id": stream.kms_key_id,
        "media_type": stream.media_type,
        "device_name": stream.device_name,
        "channel_type": stream.channel_type,
        "now": now,
    }


def _principal_row(account_id: int, principal_id: int, principal: Principal, seen_at: datetime) -> dict[str, object]:
    return {
        "account_id": account_id,
        "principal_id": principal_id,
        "kind": principal.kind.value,
        "name": principal.name,
        "path": principal.path,
        "created_at": principal.created_at,
        "last_used_at": principal.last_used_at,
        "tags": Jsonb(dict(principal.tags)),
        "active_keys": _active_keys(principal),
        "has_mfa": None if principal.credentials is None else principal.credentials.has_mfa,
        "seen_at": seen_at,
    }


def _active_keys(principal: Principal) -> int | None:
    """Return how many active keys a principal has: by its listing, else by the report; None when neither was read."""
    if principal.keys is not None:
        return sum(key.is_active for key in principal.keys)
    return None if principal.credentials is None else principal.credentials.active_keys
