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


_UNREAD = "the account's policies were not read."


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether anybody judged who may do what on a stream or channel, and if not, why.

    `is_unjudged`: no listing tells whether it is there; what a listing lacks is not there. `is_past`: as of a time.
    """

    was: Was[StreamRow]
    is_evaluated: bool
    is_unjudged: bool
    is_past: bool

    @property
    def told(self) -> str:
        """What stands in place of how many may watch it; "" where they are counted."""
        verb = "might" if self.is_past else "may"
        if self.was.absence:
            return f"It was {self.was.absence}."
        if not self.is_evaluated:
            return f"Who {verb} watch it is not computed{'' if self.is_past else ' yet'}: {_UNREAD}"
        if self.is_unjudged:
            return f"Who {verb} watch it is not known: no inventory holds this {self.was.row.kind}."
        return self._gone

    @property
    def note(self) -> str:
        """What stands in place of who may do what, or beside who is known to have; "" where that is judged."""
        if not self.is_evaluated:
            when = "had not been read then" if self.is_past else "were not read yet"
            return f"The policies of this account {when}, so nothing can be said about who may."
        if self.was.absence:
            return f"It was {self.was.absence}, so nobody's policies were judged on it."
        return "No inventory holds it, so nobody's policies were judged on it." if self.is_unjudged else self._gone

    @property
    def unknown(self) -> str:
        """Why nobody knows who gets to it through a role; "" where that is known."""
        if not self.is_evaluated:
            return f"Not known: {_UNREAD}"
        if self.is_unjudged and self.was.absence:
            return f"It was {self.was.absence}, so nobody's policies were judged on it."
        kind = self.was.row.kind
        return (
            f"Not known: no inventory holds this {kind}, so nobody's policies were judged on it."
            if self.is_unjudged
            else ""
        )

    @property
    def _gone(self) -> str:
        is_there = self.was.row.status is not None
        return "" if is_there else "The listing of its Region does not have it: it was gone by then, or never there."


def unlisted(was: Was[Any]) -> str:
    """Return what stands in the place of when it was listed: as of a time it may have been since."""
    return was.absence or "never"


def stream_then(row: StreamRow, then: Then | None) -> Was[StreamRow]:
    """Return a stream or channel with the settings and tags that it had; its aliases are those of now."""
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
        said = (
            "not there then, by the listing of its Region" if read_at else "not known then: its Region was not listed"
        )
        return Was(bare, said)
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
