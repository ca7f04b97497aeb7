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
    """What IAM held from the reading at `start` to that at `seen_at`, the last one that found the same.

    A managed policy that is not among those of `iam` had not been read.
    """

    start: datetime
    seen_at: datetime
    iam: Iam


@dataclass(frozen=True, slots=True)
class Unchanged:
    """`since` is the oldest reading that found what holds now; `before` the last one that found something else.

    `before` None: no older reading of all of it was looked at, or, with `is_first`, there is none. `newest` is, of the
    managed policies among them, the one of which the version that holds was made last; None: none, or not told.
    """

    since: datetime
    before: datetime | None = None
    is_first: bool = False
    newest: PolicyDocument | None = None


Rights = tuple[Principal, tuple[PolicyDocument | None, ...]]
"""A principal, and the policies that it carries; None: not read."""


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
                before = reading.seen_at if _is_other(rights.get(arn), now[arn]) else None
                found[arn] = Unchanged(found[arn].since, before, newest=newest.get(arn))
                open_.discard(arn)
        if not open_:
            break
    return found


def _is_other(then: Rights | None, now: Rights) -> bool:
    """Whether rights are known to be others: not where policies alone differ of which some were not read."""
    if then is None or then[0] != now[0] or len(then[1]) != len(now[1]):
        return True
    return any(None not in pair and pair[0] != pair[1] for pair in zip(then[1], now[1], strict=True))


def _rights(iam: Iam) -> dict[str, Rights]:
    # Snapshots of before this field do not have when a version was made: that alone is no change.
    carried = _carried_in(replace(iam, policies=tuple(replace(one, created_at=None) for one in iam.policies)))
    return {one.arn: (_bare(one), carried[one.arn]) for one in iam.principals}


def _newest(iam: Iam) -> dict[str, PolicyDocument]:
    found = {}
    for arn, policies in _carried_in(iam).items():
        dated = [(one.created_at, one.arn or "", one) for one in policies if one and one.created_at is not None]
        if dated:
            found[arn] = max(dated, key=lambda one: one[:2])[2]
    return found


def _carried_in(iam: Iam) -> dict[str, tuple[PolicyDocument | None, ...]]:
    policies = {one.arn: one for one in iam.policies}
    groups = {one.name: one for one in iam.principals if one.kind is PrincipalKind.GROUP}
    return {one.arn: tuple(_carried(one, policies, groups)) for one in iam.principals}


def _carried(
    one: Principal, policies: dict[str | None, PolicyDocument], groups: dict[str, Principal]
) -> Iterable[PolicyDocument | None]:
    for holder in (one, *(groups[name] for name in one.groups if name in groups)):
        yield from holder.inline
        arns = (*holder.attached, *((holder.boundary,) if holder.boundary else ()))
        yield from (policies.get(arn) for arn in arns)


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
