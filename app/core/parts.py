"""The parts of an account: what each one stores, and how a snapshot is put together from them.

A part is what one reading sees or does not see as a whole. Parts are stored one by one, so that a denied credential
report leaves the roles fresh; joining them is done here, on loading.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from app.core.model.account import Account
from app.core.model.metric import RequestCounts
from app.core.model.organization import Organization
from app.core.model.policy import PolicyDocument
from app.core.model.principal import AccessKey, Credentials, Iam, Principal, PrincipalKind
from app.core.model.snapshot import Part, Snapshot
from app.core.model.stream import Stream, StreamDetail
from app.core.model.trail import AdvancedSelector, BasicSelector, Trail, Trails, TrailStatus

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ManagedPolicies:
    """Managed policies that GetAccountAuthorizationDetails did not list although someone carries them."""

    policies: tuple[PolicyDocument, ...]


@dataclass(frozen=True, slots=True)
class CredentialReport:
    """(ARN of user or root, row) pairs of the credential report."""

    rows: tuple[tuple[str, Credentials], ...]


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """(ARN of user, keys) pairs; a user without keys has an empty tuple."""

    users: tuple[tuple[str, tuple[AccessKey, ...]], ...]


@dataclass(frozen=True, slots=True)
class Streams:
    """All streams, or all signaling channels, of one Region."""

    streams: tuple[Stream, ...]


@dataclass(frozen=True, slots=True)
class StreamDetails:
    """(ARN of stream or channel, detail) pairs; each detail has only the fields of its own part."""

    details: tuple[tuple[str, StreamDetail], ...]

    def amended(self, newer: "StreamDetails") -> "StreamDetails":
        """Return these details with those of the streams in `newer` as they are there."""
        return StreamDetails(tuple(sorted((dict(self.details) | dict(newer.details)).items(), key=lambda one: one[0])))


@dataclass(frozen=True, slots=True)
class TrailStatuses:
    """(ARN of trail, status in this Region) pairs."""

    statuses: tuple[tuple[str, TrailStatus], ...]


@dataclass(frozen=True, slots=True)
class Selectors:
    """The event selectors of one trail: advanced or basic ones, never both."""

    trail: str
    advanced: tuple[AdvancedSelector, ...] = ()
    basic: tuple[BasicSelector, ...] = ()


@dataclass(frozen=True, slots=True)
class EventSelectors:
    """The selectors of the trails of one Region that could be read."""

    trails: tuple[Selectors, ...]


CONTENT: Mapping[str, type] = {
    "iam": Iam,
    "managed_policies": ManagedPolicies,
    "credential_report": CredentialReport,
    "access_keys": AccessKeys,
    "streams": Streams,
    "channels": Streams,
    "stream_tags": StreamDetails,
    "stream_images": StreamDetails,
    "stream_notifications": StreamDetails,
    "stream_edge": StreamDetails,
    "channel_tags": StreamDetails,
    "channel_storage": StreamDetails,
    "trails": Trails,
    "trail_status": TrailStatuses,
    "event_selectors": EventSelectors,
    "organization": Organization,
    "request_counts": RequestCounts,
}
"""What each part stores."""

OF_SOURCE: Mapping[str, tuple[str, ...]] = {
    "cloudtrail": ("trails", "trail_status", "event_selectors"),
    "cloudwatch": ("request_counts",),
    "iam": ("iam", "managed_policies"),
    "iam_credentials": ("credential_report", "access_keys"),
    "kinesisvideo": ("streams", "channels"),
    "kinesisvideo_detail": (
        "stream_tags",
        "stream_images",
        "stream_notifications",
        "stream_edge",
        "channel_tags",
        "channel_storage",
    ),
    "organizations": ("organization",),
}
"""Which parts a feed reads: so that one whose feed was never run counts as not read yet, not as no part at all."""

DETAILS = ("stream_tags", "stream_images", "stream_notifications", "stream_edge", "channel_tags", "channel_storage")
_Found = Mapping[tuple[str, str], Any]
"""(part, Region) → content."""


def without_stamps(content: object) -> object:
    """Return `content` without the times that move by themselves, so that use alone makes no new version.

    A role in use changes its RoleLastUsed all day; what it may do stays the same.
    """
    match content:
        case Iam():
            still = tuple(replace(p, last_used_at=None, last_used_region=None) for p in content.principals)
            return replace(content, principals=still)
        case CredentialReport():
            return CredentialReport(tuple((arn, replace(row, password_last_used_at=None)) for arn, row in content.rows))
        case AccessKeys():
            return AccessKeys(tuple((arn, tuple(_unused(key) for key in keys)) for arn, keys in content.users))
        case TrailStatuses():
            still_status = (
                (a, replace(s, latest_delivery_at=None, latest_digest_at=None)) for a, s in content.statuses
            )
            return TrailStatuses(tuple(still_status))
        case _:
            return content


def _unused(key: AccessKey) -> AccessKey:
    return replace(key, last_used_at=None, last_used_service=None, last_used_region=None)


def assemble(
    account: Account,
    as_of: datetime,
    parts: Iterable[Part],
    found: _Found,
    *,
    organization: Organization | None,
    organization_selectors: Mapping[str, Selectors],
    known_accounts: frozenset[int],
) -> Snapshot:
    """Return the snapshot of `account` whose parts hold `found`.

    `organization_selectors` are those that the organization's other accounts read of shared trails, by trail ARN:
    a member sees its organization's trail but may not read how it selects.
    """
    known = tuple(parts)
    return Snapshot(
        account=account,
        as_of=as_of,
        parts=tuple(sorted(known, key=lambda part: (part.name, part.region))),
        iam=joined_iam(account, found),
        streams=_streams(found),
        trails=_trails(found, organization_selectors, _unread(known, "trails")),
        organization=organization,
        metrics=_metrics(found),
        known_accounts=known_accounts,
    )


def joined_iam(account: Account, found: _Found) -> Iam | None:
    """Return IAM with keys and credential rows joined to its users; None when its principals were never seen."""
    iam: Iam | None = found.get(("iam", ""))
    if iam is None:
        return None
    more: ManagedPolicies | None = found.get(("managed_policies", ""))
    report: CredentialReport | None = found.get(("credential_report", ""))
    keys: AccessKeys | None = found.get(("access_keys", ""))
    rows = None if report is None else dict(report.rows)
    keys_of = None if keys is None else dict(keys.users)
    principals = (
        replace(
            principal,
            credentials=None if rows is None else rows.get(principal.arn),
            keys=None if keys_of is None else keys_of.get(principal.arn),
        )
        for principal in (root_user(account), *iam.principals)
    )
    return with_unlisted(replace(iam, principals=tuple(principals)), () if more is None else more.policies)


def with_unlisted(iam: Iam, policies: Iterable[PolicyDocument]) -> Iam:
    """Return IAM with those of `policies` that its listing left out."""
    listed = {policy.arn for policy in iam.policies}
    return replace(iam, policies=(*iam.policies, *(policy for policy in policies if policy.arn not in listed)))


def root_user(account: Account) -> Principal:
    """Return the root user, whom no IAM listing names and who may do everything."""
    arn = f"arn:{account.partition}:iam::{account.id:012d}:root"
    return Principal(arn, PrincipalKind.ROOT, "root", "/", f"{account.id:012d}", None)


def _streams(found: _Found) -> tuple[Stream, ...]:
    details: dict[str, dict[str, Any]] = {}
    for content in _contents(found, DETAILS):
        for arn, detail in content.details:
            known = {name: value for name in StreamDetail.__slots__ if (value := getattr(detail, name)) is not None}
            details.setdefault(arn, {}).update(known)
    streams = (stream for content in _contents(found, ("streams", "channels")) for stream in content.streams)
    return tuple(replace(stream, detail=StreamDetail(**details.get(stream.arn, {}))) for stream in streams)


def _unread(parts: Iterable[Part], name: str) -> frozenset[str]:
    """Return the Regions in which the last attempt at a part failed: what is held of them may be over."""
    return frozenset(part.region for part in parts if part.name == name and not part.is_fresh)


def _trails(found: _Found, of_organization: Mapping[str, Selectors], unread: frozenset[str]) -> tuple[Trail, ...]:
    """Return each trail once, as its home Region tells it if that was seen; `unread` Regions only where no other can.

    Every Region lists the trails of all Regions: one that no Region lists whose trails were read is gone.
    """
    trails: dict[str, Trail] = {}
    selectors: dict[str, Selectors] = dict(of_organization)
    statuses: dict[str, TrailStatus] = {}
    for (name, region), content in sorted(found.items(), key=lambda item: item[0]):
        match name:
            case "trails" if region not in unread:
                _keep(trails, ((trail.arn, trail) for trail in content.trails), region)
            case "event_selectors":
                _keep(selectors, ((read.trail, read) for read in content.trails), region)
            case "trail_status":
                _keep(statuses, content.statuses, region)
            case _:
                pass
    trails = _held_alone(found, unread) | trails
    return tuple(_joined(trail, selectors.get(arn), statuses.get(arn)) for arn, trail in sorted(trails.items()))


def _held_alone(found: _Found, unread: frozenset[str]) -> dict[str, Trail]:
    """Return the trails of Regions whose trails could not be read any more of which no other Region can tell."""
    held = {region: content for (name, region), content in found.items() if name == "trails"}
    kept: dict[str, Trail] = {}
    for region in sorted(unread & held.keys()):
        told = (trail for trail in held[region].trails if not (trail.is_multi_region and held.keys() - unread))
        _keep(kept, ((trail.arn, trail) for trail in told), region)
    return kept


def _keep(kept: dict[str, T], read: Iterable[tuple[str, T]], region: str) -> None:
    for arn, value in read:
        if arn not in kept or f":{region}:" in arn:
            kept[arn] = value


def _joined(trail: Trail, selectors: Selectors | None, status: TrailStatus | None) -> Trail:
    if selectors is None:
        return replace(trail, selectors_seen=False, status=status)
    return replace(trail, advanced=selectors.advanced, basic=selectors.basic, selectors_seen=True, status=status)


def _metrics(found: _Found) -> tuple[tuple[str, RequestCounts], ...]:
    """Return the counts by Region, with the ARN of each stream that the inventory knows in place of its name."""
    streams = [stream for content in _contents(found, ("streams",)) for stream in content.streams]
    return tuple(
        (region, _with_arns(counts, {stream.name: stream.arn for stream in streams if stream.region == region}))
        for (part, region), counts in sorted(found.items(), key=lambda item: item[0])
        if part == "request_counts"
    )


def _with_arns(counts: RequestCounts, arns: Mapping[str, str]) -> RequestCounts:
    return replace(counts, counts=tuple(replace(c, stream=arns.get(c.stream, c.stream)) for c in counts.counts))


def _contents(found: _Found, names: tuple[str, ...]) -> list[Any]:
    return [found[key] for key in sorted(found) if key[0] in names]
