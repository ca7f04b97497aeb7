"""Days of the demo's organization as rules see them, without AWS and without a database."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec

from app.core.coverage.days import KnownDays
from app.core.findings.reconcile import Window
from app.core.model.account import Account, AccountKind
from app.core.model.event import Event
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, Principal, PrincipalKind
from app.core.model.snapshot import Snapshot
from app.core.normalise.record import event
from app.core.rules.calls import RECORDED_MEDIA, network_of, reader_of, reads_media, succeeded
from app.core.rules.facts import LOOKBACK, DetectionFacts
from app.core.rules.habits import Read, history
from app.core.rules.names import name_of
from app.core.trailfile.kinds import TRAIL_NAMES, Kind, kind_of
from app.core.trailfile.shape import Shape
from app.demo import nouns
from app.demo.actors import role_arn
from app.demo.estate import estate
from app.demo.traffic import Traffic, midnight
from tests.builders.facts import NOW, PARTS

_SHAPE = msgspec.json.Decoder(Shape)
_DAY = timedelta(days=1)


def days_of_the_estate(days: int) -> Iterator[tuple[str, DetectionFacts]]:
    """Yield (account name, one day's calls) of every account, as if a trail logged all of them, oldest day first."""
    organization = estate()
    calls = _calls(Traffic(organization, midnight(NOW), 7), days)
    for account in organization.accounts:
        of_account = calls[int(account.id)]
        snapshot = _snapshot(account)
        reads = [_read(call) for call in of_account if reads_media(call) and succeeded(call)]
        known = KnownDays(frozenset(call.event_time.date() for call in of_account))
        for before in reversed(range(days)):
            yield account.name, _facts(snapshot, of_account, reads, known, NOW.date() - before * _DAY)


def _calls(traffic: Traffic, days: int) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    for number in range(1 - days, 1):
        for happening in traffic.day(number):
            if b"kinesisvideo" not in happening.raw and happening.action not in TRAIL_NAMES:
                continue
            shape = _SHAPE.decode(happening.raw)
            if kind_of(shape.event_source, shape.event_name, shape.resource_types) in {Kind.KVS, Kind.TRAIL}:
                made = event(shape, happening.raw)
                found[made.account].append(made)
    return found


def _snapshot(account: nouns.Account) -> Snapshot:
    roles = (
        Principal(
            role_arn(account, role.name),
            PrincipalKind.ROLE,
            role.name,
            role.path,
            role.name,
            None,
            trust=PolicyDocument(PolicyKind.TRUST, "trust", json.dumps(role.trust)),
        )
        for role in account.cast.roles
    )
    own = Account(int(account.id), account.name, AccountKind.MEMBER, f"arn:aws:iam::{account.id}:role/scan", "x", ())
    return Snapshot(own, NOW, PARTS, iam=Iam(tuple(roles), ()))


def _read(call: Event) -> Read:
    return Read(
        reader_of(call),
        call.actor.principal,
        f"{call.region}/{name_of(call.stream)}" if call.stream else None,
        call.event_time.replace(minute=0, second=0, microsecond=0),
        network_of(call.address, call.vpc_endpoint_id),
        call.action in RECORDED_MEDIA,
        call.event_time,
    )


def _facts(snapshot: Snapshot, calls: list[Event], reads: list[Read], known: KnownDays, day: date) -> DetectionFacts:
    start = datetime.combine(day, datetime.min.time(), UTC)
    window = Window(start, start + _DAY)
    return DetectionFacts(
        snapshot=snapshot,
        window=window,
        events=tuple(call for call in calls if start - LOOKBACK <= call.event_time < window.end),
        now=NOW,
        history=history(reads, known, day),
    )
