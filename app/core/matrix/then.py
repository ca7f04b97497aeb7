"""One account as it was read before a time, and what everyone was granted by that: what queries answer of now."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from app.core.iam.matrix import Matrix
from app.core.iam.resources import ANY_RESOURCE
from app.core.matrix.cells import BIT
from app.core.model.grant import MOST_CERTAIN_FIRST, Grant, Held, Known, Outcome, add_keys
from app.core.model.reading import ReadingState
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind, Stream
from app.core.readings import AsOf

EVERYWHERE = (ANY_RESOURCE,)
LISTED_BY: Mapping[str, ResourceKind] = {f"{kind}s": kind for kind in ResourceKind}
"""What each part of an account lists, Region by Region."""


@dataclass(frozen=True)
class Then:
    """An account's snapshot, its grants, and the readings around the time as of which they are.

    Without IAM in the snapshot there are no grants, which is not the same as that nothing was granted.
    """

    snapshot: Snapshot
    matrix: Matrix
    as_of: AsOf

    @property
    def is_evaluated(self) -> bool:
        """Whether anybody had read who may do what."""
        return self.snapshot.iam is not None

    @property
    def is_unlisted(self) -> bool:
        """Whether nobody had listed any stream: on which of them who may do what is not known."""
        return self.as_of.is_unknown("streams")

    @property
    def unlisted_regions(self) -> tuple[str, ...]:
        """The Regions whose streams or channels nobody had listed; "eu-west-1 (channels)" where the others were."""
        of_kinds = [one for one in self.as_of.readings if one.part in LISTED_BY]
        unknown = [one for one in of_kinds if one.state(self.as_of.at) is ReadingState.UNKNOWN]
        listed = {one.region for one in of_kinds if one not in unknown}
        places = {f"{one.region} ({one.part})" if one.region in listed else one.region for one in unknown}
        return tuple(sorted(places))

    def listed_at(self, kind: ResourceKind, region: str) -> datetime | None:
        """Return when the streams or channels of a Region were listed as they stood then; None: they were not."""
        return self.as_of.read_at(f"{kind}s", region)

    def listed_until(self, kind: ResourceKind, region: str) -> datetime | None:
        """Return when they were listed last as they stood then; None: they were not."""
        return self.as_of.read_until(f"{kind}s", region)

    @cached_property
    def principals(self) -> frozenset[str]:
        """The ARNs of the users and roles that were there."""
        iam = self.snapshot.iam
        return frozenset(one.arn for one in iam.principals) if iam else frozenset()

    @cached_property
    def streams(self) -> Mapping[str, Stream]:
        """The streams and channels that were listed, by ARN."""
        return {one.arn: one for one in self.snapshot.streams}

    @cached_property
    def names(self) -> frozenset[tuple[str, str, str]]:
        """Region, kind and name of each of them."""
        return frozenset((one.region, one.kind.value, one.name) for one in self.snapshot.streams)

    @cached_property
    def tags(self) -> Mapping[str, Mapping[str, str]]:
        """The tags of each stream and channel of which they were read, by ARN."""
        return {one.arn: dict(one.detail.tags) for one in self.snapshot.streams if one.detail.tags is not None}

    @cached_property
    def by_principal(self) -> Mapping[str, tuple[Grant, ...]]:
        """The grants of each principal."""
        found: dict[str, list[Grant]] = {}
        for grant in self.matrix.grants:
            found.setdefault(grant.principal, []).append(grant)
        return {arn: tuple(grants) for arn, grants in found.items()}

    def bits(self, within: frozenset[str] | None) -> Mapping[str, Mapping[str, int]]:
        """Return the actions of each principal by outcome, as bits; `within` are the streams that count, None: all."""
        sizes = _Sizes(within)
        found: dict[str, dict[str, int]] = {}
        for grant in self.matrix.grants:
            if grant.resources == EVERYWHERE or sizes.of(grant.resources):
                bits = found.setdefault(grant.principal, dict.fromkeys(Outcome, 0))
                bits[grant.outcome] |= BIT[grant.action]
        return found

    def condition_keys(self, within: frozenset[str] | None) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Return by principal the keys of each action that was granted on conditions on any of the streams `within`."""
        sizes = _Sizes(within)
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for grant in self.matrix.grants:
            is_there = grant.resources == EVERYWHERE or sizes.of(grant.resources)
            if grant.outcome is Outcome.CONDITIONAL and grant.condition_keys and is_there:
                add_keys(found.setdefault(grant.principal, {}), grant.action, grant.condition_keys)
        return found

    def allowed_on(self, within: frozenset[str]) -> Mapping[str, int]:
        """Return by principal the actions that were certainly granted on any of the streams `within`, as bits."""
        sizes = _Sizes(within)
        found: dict[str, int] = {}
        for grant in self.matrix.grants:
            if grant.outcome is Outcome.ALLOW and sizes.of(grant.resources):
                found[grant.principal] = found.get(grant.principal, 0) | BIT[grant.action]
        return found

    def counts(self, within: frozenset[str] | None) -> Mapping[str, Mapping[tuple[str, Outcome], int]]:
        """Return on how many of the streams `within` each principal has which outcome of which action."""
        sizes = _Sizes(within)
        found: dict[str, dict[tuple[str, Outcome], int]] = {}
        for grant in self.matrix.grants:
            if grant.resources != EVERYWHERE:
                counts, key = found.setdefault(grant.principal, {}), (grant.action, grant.outcome)
                counts[key] = counts.get(key, 0) + sizes.of(grant.resources)
        return found

    def holders(self, resource: str, actions: Container[str]) -> Mapping[str, Held]:
        """Return who could call one of `actions` on a stream or channel, each with what it got at best.

        Several actions that were let through with the same certainty decide by the keys of all of them.
        """
        found: dict[str, Held] = {}
        for grant in self.matrix.grants:
            if grant.action in actions and grant.outcome is not Outcome.DENY and resource in grant.resources:
                found[grant.principal] = _better(found.get(grant.principal), grant)
        return found

    def may(self, principal: str, actions: Container[str]) -> Known:
        """Return on how many streams and channels a principal could call one of `actions`, conditions or not."""
        granted: set[str] = set()
        unknown: set[str] = set()
        for grant in self.by_principal.get(principal, ()):
            if grant.action in actions and grant.outcome is not Outcome.DENY:
                (unknown if grant.outcome is Outcome.UNKNOWN else granted).update(grant.resources)
        return Known(len(granted), len(unknown - granted))


Thens = Mapping[int, Then]
"""Accounts as they were at the time as of which a filter asks; None in its place: as they are now."""


class _Sizes:
    """How many of the resources of a grant count; grants share their sets, each is counted once."""

    def __init__(self, within: frozenset[str] | None) -> None:
        self._within = within
        self._known: dict[int, int] = {}

    def of(self, resources: tuple[str, ...]) -> int:
        if self._within is None:
            return len(resources)
        known = self._known.get(id(resources))
        if known is None:
            known = self._known[id(resources)] = len(self._within.intersection(resources))
        return known


def _better(held: Held | None, grant: Grant) -> Held:
    if held is None or _rank(grant.outcome) < _rank(held.outcome):
        return Held(grant.outcome, grant.condition_keys)
    if grant.outcome is held.outcome:
        return Held(held.outcome, tuple(sorted({*held.condition_keys, *grant.condition_keys})))
    return held


def _rank(outcome: Outcome) -> int:
    return MOST_CERTAIN_FIRST.index(outcome)
