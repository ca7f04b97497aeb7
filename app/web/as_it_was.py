"""A stream or a principal as its page shows it as of a time: what the lists know of now does not hold then."""

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from app.core.matrix.then import Then
from app.core.model.stream import ResourceKind
from app.db.queries.principal_pages import PrincipalRow
from app.db.queries.stream_pages import StreamRow

Row = TypeVar("Row", StreamRow, PrincipalRow)


@dataclass(frozen=True, slots=True)
class Was(Generic[Row]):
    """The row of that time; `absence` says why there is none, "" where it was there."""

    row: Row
    absence: str = ""


def unlisted(was: Was[Any]) -> str:
    """Return what stands in the place of when it was listed: as of a time it may have been since."""
    return was.absence or "never"


def stream_then(row: StreamRow, then: Then | None, *, is_unjudged: bool = False) -> Was[StreamRow]:
    """Return a stream or channel with the settings and tags that it had; its aliases are those of now.

    `is_unjudged`: no listing tells whether it was there.
    """
    found = then.streams.get(row.arn or "") if then else None
    bare = replace(
        row,
        status=None,
        retention_hours=None,
        kms_key_id=None,
        media_type=None,
        device_name=None,
        channel_type=None,
        tags=None,
        seen_at=None,
        removed_at=None,
    )
    read_at = then.listed_at(ResourceKind(row.kind), row.region) if then else None
    if found is None:
        if read_at is None:
            return Was(bare, "not known then: its Region was not listed")
        if is_unjudged:
            return Was(bare, "not known then: its Region was not listed after calls on it")
        return Was(bare, "not there then, by the listing of its Region")
    tags = found.detail.tags
    there = replace(
        bare,
        status=found.status,
        created_at=found.created_at,
        retention_hours=found.retention_hours,
        kms_key_id=found.kms_key_id,
        media_type=found.media_type,
        device_name=found.device_name,
        channel_type=found.channel_type,
        tags=None if tags is None else dict(tags),
        seen_at=read_at,
    )
    return Was(there)


def principal_then(row: PrincipalRow, then: Then | None) -> Was[PrincipalRow]:
    """Return a role or user as it was listed; when it was used, its keys and its MFA are told of now alone."""
    iam = then.snapshot.iam if then else None
    found = next((one for one in iam.principals if one.arn == row.arn), None) if iam else None
    bare = replace(row, last_used_at=None, active_keys=None, has_mfa=None, listed_at=None, removed_at=None)
    if found is None:
        return Was(bare, "not there then, by the listing of IAM" if iam else "not known then: IAM was not read")
    listed_at = then.as_of.read_at("iam", "") if then else None
    return Was(replace(bare, path=found.path, created_at=found.created_at, listed_at=listed_at))
