"""An account that changed between two polls, stored as the poller leaves it: versions of parts, and the inventory."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from app.core.model.event import Actor, ActorKind
from app.core.model.principal import Iam, Principal
from app.core.model.stream import ResourceKind, Stream, StreamDetail
from app.core.parts import StreamDetails, Streams
from app.db.queries import inventory
from app.db.queries.snapshots import store_part
from app.services.build_access_matrix import build_access_matrix
from app.services.build_role_entries import build_role_entries
from tests.builders import iam
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.estate import REGION, stream_of
from tests.builders.events import event, store

FIRST, LAST = NOW - timedelta(days=10), NOW - timedelta(days=5)
"""Of the readings that found the account as it was first."""
CHANGED = LAST + timedelta(minutes=15)
"""Of the reading that found it as it is now."""
IAM_ALONE = FIRST - timedelta(hours=3)
"""When IAM had been read, and no stream had been listed, where `make_past` is asked for that."""
BEFORE, THEN, BETWEEN = FIRST - timedelta(days=1), NOW - timedelta(days=7), LAST + timedelta(minutes=5)
READER, GONE, NEW = (f"arn:aws:iam::{CLINIC}:role/{name}" for name in ("Reader", "Gone", "New"))
GATE, YARD = (f"arn:aws:kinesisvideo:{REGION}:{CLINIC}:stream/{name}/1600000000000" for name in ("gate", "yard"))


def reader(*statements: dict[str, object]) -> Principal:
    """Return the role Reader."""
    return role(READER, *statements)


def role(arn: str, *statements: dict[str, object]) -> Principal:
    """Return a role that nobody may assume."""
    return iam.role(*statements, arn=arn, name=arn.rpartition("/")[2], trust=None)


def tagged(arn: str, site: str) -> Stream:
    """Return a stream with a tag."""
    made = stream_of(arn, arn.split("/")[1])
    return replace(made, retention_hours=24, detail=StreamDetail(tags=(("site", site),)))


def poll(connection: Connection, at: datetime, roles: Iterable[Principal], streams: Iterable[Stream]) -> None:
    """Store what a poll of the account found."""
    _read_iam(connection, at, roles)
    found = tuple(streams)
    plain = tuple(replace(one, detail=StreamDetail()) for one in found)
    tags = {one.arn: one.detail.tags or () for one in found}
    for part, kind in (("streams", ResourceKind.STREAM), ("channels", ResourceKind.CHANNEL)):
        own = tuple(one for one in plain if one.kind is kind)
        store_part(connection, CLINIC, part, REGION, Streams(own), at)
        inventory.project_streams(connection, CLINIC, REGION, kind, own, at)
    details = StreamDetails(tuple((arn, StreamDetail(tags=own)) for arn, own in sorted(tags.items())))
    store_part(connection, CLINIC, "stream_tags", REGION, details, at)
    inventory.project_tags(connection, CLINIC, {arn: dict(own) for arn, own in tags.items()})


def _read_iam(connection: Connection, at: datetime, roles: Iterable[Principal]) -> None:
    listed = Iam(tuple(roles), ())
    store_part(connection, CLINIC, "iam", "", listed, at)
    inventory.project_principals(connection, CLINIC, listed, at, sweep=True)


def make_past(engine: Engine, *, is_iam_first: bool = False) -> None:
    """Store an account that was read at FIRST and LAST, had changed by CHANGED, and was evaluated.

    Reader might watch every stream, and then gate alone; Gone could take clips of gate; yard is gone; gate moved from
    the site north to the site south. `is_iam_first`: IAM was read hours before the first poll, and nothing else.
    """
    watch, clip = iam.allow("kinesisvideo:GetMedia"), iam.allow("kinesisvideo:GetClip", GATE)
    before = (reader(watch), role(GONE, clip)), (tagged(GATE, "north"), tagged(YARD, "north"))
    after = (
        (reader(iam.allow("kinesisvideo:GetMedia", GATE)), role(NEW, iam.allow("kinesisvideo:PutMedia"))),
        (tagged(GATE, "south"),),
    )
    with engine.begin() as connection:
        make_account(connection, kind="management")
        if is_iam_first:
            _read_iam(connection, IAM_ALONE - timedelta(hours=1), before[0])
        for at, found in ((FIRST, before), (LAST, before), (CHANGED, after)):
            poll(connection, at, *found)
    evaluate(engine)


def make_early_call(engine: Engine) -> dict[str, int]:
    """Store that past and a call on gate before anybody read IAM; return the ids of streams and principals by name."""
    make_past(engine)
    called = {"action": "GetMedia", "stream": GATE, "actor": Actor(ActorKind.ROLE, READER, CLINIC)}
    with engine.begin() as connection:
        store(connection, [event(event_time=BEFORE - timedelta(hours=1), **called)])
        named = "select name, id from stream where arn is not null union all select name, id from principal"
        return dict(connection.exec_driver_sql(named).all())


def evaluate(engine: Engine) -> None:
    """Compute what is stored of now."""
    build_access_matrix(engine, CLINIC, now=NOW)
    build_role_entries(engine, CLINIC, now=NOW)
