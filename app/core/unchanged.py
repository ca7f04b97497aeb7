"""Since when a principal's own permissions are as they are now, by the readings of its account's IAM.

IAM tells when a role, and a version of a managed policy, was made, and of no policy when it was put there: so what is
known begins with the first reading, and a change between two readings has an interval.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.model.policy import PolicyDocument
from app.core.model.principal import Iam, Principal, PrincipalKind


@dataclass(frozen=True, slots=True)
class Reading:
    """What IAM held from the reading at `start` to that at `seen_at`, the last one that found the same."""

    start: datetime
    seen_at: datetime
    iam: Iam


@dataclass(frozen=True, slots=True)
class Unchanged:
    """`since` is the oldest reading that found what holds now; `before` the last one that found something else.

    `before` None: no older reading was looked at, or, with `is_first`, there is none. `newest` is, of the managed
    policies among them, the one of which the version that holds was made last; None: none, or not told.
    """

    since: datetime
    before: datetime | None = None
    is_first: bool = False
    newest: PolicyDocument | None = None


Rights = tuple[Principal, tuple[PolicyDocument, ...]]


def unchanged(newest_first: Iterable[Reading], *, are_all: bool) -> dict[str, Unchanged]:
    """Return by ARN since when the permissions of each principal of the newest reading are as they are there.

    `are_all`: there are no older readings than these. Permissions are its policies, its boundary, its groups with
    theirs, and the tags that conditions may ask for; SCPs, RCPs and who may become it are not.
    """
    found: dict[str, Unchanged] = {}
    newest: dict[str, PolicyDocument] = {}
    now: dict[str, Rights] = {}
    open_ = set[str]()
    for place, reading in enumerate(newest_first):
        rights = _rights(reading.iam)
        if place == 0:
            now, open_ = rights, set(rights)
            newest = _newest(reading.iam)
        for arn in sorted(open_):
            if rights.get(arn) == now[arn]:
                found[arn] = Unchanged(reading.start, is_first=are_all, newest=newest.get(arn))
            else:
                found[arn] = Unchanged(found[arn].since, reading.seen_at, newest=newest.get(arn))
                open_.discard(arn)
        if not open_:
            break
    return found


def _rights(iam: Iam) -> dict[str, Rights]:
    # Snapshots of before this field do not have when a version was made: that alone is no change.
    carried = _carried_in(replace(iam, policies=tuple(replace(one, created_at=None) for one in iam.policies)))
    return {one.arn: (_bare(one), carried[one.arn]) for one in iam.principals}


def _newest(iam: Iam) -> dict[str, PolicyDocument]:
    found = {}
    for arn, policies in _carried_in(iam).items():
        dated = [(one.created_at, one.arn or "", one) for one in policies if one.created_at is not None]
        if dated:
            found[arn] = max(dated, key=lambda one: one[:2])[2]
    return found


def _carried_in(iam: Iam) -> dict[str, tuple[PolicyDocument, ...]]:
    policies = {one.arn: one for one in iam.policies}
    groups = {one.name: one for one in iam.principals if one.kind is PrincipalKind.GROUP}
    return {one.arn: tuple(_carried(one, policies, groups)) for one in iam.principals}


def _carried(
    one: Principal, policies: dict[str | None, PolicyDocument], groups: dict[str, Principal]
) -> Iterable[PolicyDocument]:
    for holder in (one, *(groups[name] for name in one.groups if name in groups)):
        yield from holder.inline
        arns = (*holder.attached, *((holder.boundary,) if holder.boundary else ()))
        yield from (policies[arn] for arn in arns if arn in policies)


def _bare(one: Principal) -> Principal:
    """Return a principal with nothing but what its own permissions follow from."""
    return Principal(
        one.arn,
        one.kind,
        one.name,
        one.path,
        one.unique_id,
        created_at=None,
        tags=one.tags,
        attached=one.attached,
        boundary=one.boundary,
        groups=one.groups,
    )
