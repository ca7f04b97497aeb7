"""Poll an account: each collector's parts are fetched, normalised and stored, each seen or unseen by itself.

Transactions: fetching opens none (it may take minutes); `store` runs in the caller's, which holds the feed's lease.
Own calls are counted in short transactions of their own, also when nothing else is stored: they were made.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from app.aws import collectors
from app.aws.collectors._collector import Calls, Collector, PartReader, Reach
from app.aws.errors import Denied, Throttled, Unreachable
from app.aws.ledger import Ledger
from app.aws.session import AccountSession, AwsSettings
from app.core import catalogue
from app.core.errors import CouldNotLook, InvalidInput
from app.core.model.account import Account
from app.core.model.feed import Progress
from app.core.model.own_call import OwnCalls
from app.core.model.scope import EVERYTHING
from app.core.model.snapshot import PartState
from app.core.model.stream import ResourceKind
from app.core.parts import StreamDetails, Streams, joined_iam
from app.db.queries import inventory, own_calls, snapshots
from app.services import reread_details
from app.services.reread_details import DETAILS, Rereading

COLLECTORS: Mapping[str, Collector] = catalogue.load(collectors, "COLLECTOR", Collector)
"""Every collector by name; the name is the `source` of its feeds."""

LISTING = "kinesisvideo"

Report = Callable[[str, Progress | None], None]
"""Told of the AWS call under way, and of the progress if it is known; called before each attempt: be quick."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A part that was read."""

    name: str
    content: object


@dataclass(frozen=True, slots=True)
class Unseen:
    """A part that could not be read, and why. `missing` is the IAM action that was denied."""

    name: str
    state: PartState
    message: str
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """What one collector saw of one account in one Region ("" for global services), started at `tried_at`.

    `rereading`: only the details of some streams were asked for.
    """

    account: Account
    collector: str
    region: str
    tried_at: datetime
    parts: tuple[Seen | Unseen, ...]
    rereading: Rereading | None = None

    @property
    def unseen(self) -> tuple[Unseen, ...]:
        """The parts that could not be read; a daily collector with some is worth another try at the next poll."""
        return tuple(part for part in self.parts if isinstance(part, Unseen))


@dataclass(frozen=True, slots=True)
class PollResult:
    """All that one poll of an account collected."""

    collected: tuple[Collected, ...]

    @property
    def unseen(self) -> tuple[tuple[str, Unseen], ...]:
        """(Region, part) of everything that could not be read."""
        return tuple((one.region, part) for one in self.collected for part in one.unseen)


@dataclass(slots=True)
class _Shown:
    """Reports each call with the progress that was last shown."""

    report: Report
    progress: Progress | None = None

    def show(self, progress: Progress) -> None:
        self.progress = progress

    def call(self, api: str, region: str) -> None:
        self.report(f"{api} {region}".strip(), self.progress)


def _quiet(_call: str, _progress: Progress | None) -> None:
    """Report to nobody."""


def feeds_of(account: Account) -> tuple[tuple[str, str], ...]:
    """Return (collector, Region) of everything that is read in an account."""
    return tuple(
        (name, region)
        for name, collector in COLLECTORS.items()
        if account.kind in collector.kinds
        for region in _regions(collector, account)
    )


def poll(
    engine: Engine,
    account: Account,
    *,
    aws: AwsSettings,
    clock: Callable[[], datetime],
    report: Report = _quiet,
    only: Iterable[str] | None = None,
) -> PollResult:
    """Collect and store every part of an account (or of the collectors in `only`), one transaction a collector."""
    wanted = None if only is None else set(only)
    plan = [(name, region) for name, region in feeds_of(account) if wanted is None or name in wanted]
    collected = []
    for done, (name, region) in enumerate(plan):
        report(f"{name} {region}".strip(), Progress(done, len(plan), "parts"))
        collected.append(collect(engine, account, name, region, aws=aws, now=clock(), report=report))
    return PollResult(tuple(collected))


def collect(
    engine: Engine,
    account: Account,
    collector: str,
    region: str,
    *,
    aws: AwsSettings,
    now: datetime,
    report: Report = _quiet,
) -> Collected:
    """Fetch and store one collector's parts in one Region; opens its own transactions."""
    collected = fetch(engine, account, collector, region, aws=aws, now=now, report=report)
    with engine.begin() as connection:
        store(connection, collected)
    return collected


def fetch(
    engine: Engine,
    account: Account,
    collector: str,
    region: str,
    *,
    aws: AwsSettings,
    now: datetime,
    report: Report = _quiet,
    changed_only: bool = False,
) -> Collected:
    """Fetch one collector's parts and count the calls; nothing else is stored, and no transaction stays open.

    `changed_only`: of details, those alone that events have changed, where that suffices.

    Raises:
        InvalidInput: there is no collector of that name.
    """
    if collector not in COLLECTORS:
        raise InvalidInput(f"no collector is named {collector!r}: there are {', '.join(COLLECTORS)}")
    again = _rereading(engine, account, region, now) if changed_only and collector == DETAILS else None
    ledger = Ledger(write=lambda call: _count(engine, [call]))
    shown = _Shown(report)
    try:
        with AccountSession(account, aws, ledger, shown.call) as session:
            calls = Calls(session, region, now, shown.show, time.sleep, again.only if again else None)
            parts = tuple(_read(COLLECTORS[collector].parts, calls))
    finally:
        _count(engine, ledger.take())
    return Collected(account, collector, region, now, parts, again)


def _rereading(engine: Engine, account: Account, region: str, now: datetime) -> Rereading | None:
    with engine.begin() as connection:
        return reread_details.rereading(connection, account.id, region, now)


def store(connection: Connection, collected: Collected) -> None:
    """Store what was seen, and mark what was not; for the caller's final, fenced transaction.

    The account's inventory is projected from the parts in the same transaction.
    """
    for part in collected.parts:
        match part:
            case Seen():
                _store_seen(connection, collected, part)
                _project(connection, collected, part)
            case Unseen():
                snapshots.mark_unseen(
                    connection,
                    collected.account.id,
                    part.name,
                    collected.region,
                    part.state,
                    part.missing,
                    part.message,
                    collected.tried_at,
                )
    _project_principals(connection, collected)
    if collected.collector == LISTING:
        reread_details.make_due(connection, collected.account.id, collected.region, collected.tried_at)


def _store_seen(connection: Connection, collected: Collected, part: Seen) -> None:
    account_id, region, now = collected.account.id, collected.region, collected.tried_at
    match part.content:
        case StreamDetails() as read if collected.rereading is not None:
            snapshots.amend_part(connection, account_id, part.name, region, lambda held: held.amended(read), now)
        case content:
            snapshots.store_part(connection, account_id, part.name, region, content, now)


def _read(readers: Iterable[PartReader], calls: Calls) -> Iterable[Seen | Unseen]:
    """Yield each part's outcome; a part whose needed part is unseen was not asked for and stays as it was."""
    raw: dict[str, Any] = {}
    for reader in readers:
        if reader.needs is not None and reader.needs not in raw:
            continue
        try:
            raw[reader.name] = reader.fetch(calls, raw.get(reader.needs or ""))
        except CouldNotLook as error:
            yield _unseen(reader.name, error)
        else:
            yield Seen(reader.name, reader.normalise(raw[reader.name], calls.region))


def _unseen(name: str, error: CouldNotLook) -> Unseen:
    match error:
        case Denied():
            return Unseen(name, PartState.DENIED, str(error), error.missing)
        case Throttled():
            return Unseen(name, PartState.THROTTLED, str(error))
        case Unreachable():
            return Unseen(name, PartState.UNREACHABLE, str(error))
        case _:
            return Unseen(name, PartState.FAILED, str(error))


def _project(connection: Connection, collected: Collected, part: Seen) -> None:
    account_id, region, now = collected.account.id, collected.region, collected.tried_at
    match part.name, part.content:
        case "streams", Streams(streams):
            inventory.project_streams(connection, account_id, region, ResourceKind.STREAM, streams, now)
        case "channels", Streams(streams):
            inventory.project_streams(connection, account_id, region, ResourceKind.CHANNEL, streams, now)
        case (("stream_tags" | "channel_tags"), StreamDetails(details)):
            inventory.project_tags(connection, account_id, {arn: dict(detail.tags or ()) for arn, detail in details})
        case _:
            pass


_OF_PRINCIPALS = frozenset({"iam", "managed_policies", "credential_report", "access_keys"})


def _project_principals(connection: Connection, collected: Collected) -> None:
    """Project principals from the stored parts when one of them was read; sweep only by a fresh listing."""
    names = {part.name for part in collected.parts if isinstance(part, Seen)} & _OF_PRINCIPALS
    if not names:
        return
    account_id = collected.account.id
    contents = snapshots.contents_of(connection, EVERYTHING, account_id, names=_OF_PRINCIPALS)
    iam = joined_iam(collected.account, contents)
    if iam is None:
        return
    seen_at = next(p.seen_at for p in snapshots.parts_of(connection, EVERYTHING, account_id) if p.name == "iam")
    inventory.project_principals(
        connection, collected.account.id, iam, seen_at or collected.tried_at, sweep="iam" in names
    )


def _regions(collector: Collector, account: Account) -> tuple[str, ...]:
    return account.regions if collector.reach is Reach.REGIONAL else ("",)


def _count(engine: Engine, calls: Iterable[OwnCalls]) -> None:
    with engine.begin() as connection:
        own_calls.add_own_calls(connection, calls)
