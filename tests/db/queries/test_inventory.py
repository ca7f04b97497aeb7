from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.model.principal import AccessKey, Credentials, Iam, Principal, PrincipalKind
from app.core.model.stream import ResourceKind, Stream
from app.db.queries import inventory

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
CLINIC, REGION, OTHER = 111122223333, "eu-central-1", "us-east-1"


def stream(name, region=REGION, kind=ResourceKind.STREAM, **changes):
    made = Stream(f"arn:aws:kinesisvideo:{region}:1:{kind}/{name}/1", name, region, kind, "ACTIVE", NOW, 24)
    return replace(made, **changes)


def listing(connection, *streams, now=NOW, region=REGION, kind=ResourceKind.STREAM):
    inventory.project_streams(connection, CLINIC, region, kind, streams, now)


def principal(name, kind=PrincipalKind.USER, **changes):
    return replace(Principal(f"arn:aws:iam::1:{kind}/{name}", kind, name, "/", "AIDA", NOW), **changes)


def project(connection, *principals, now=NOW, sweep=True):
    inventory.project_principals(connection, CLINIC, Iam(principals, ()), now, sweep=sweep)


def streams(connection):
    rows = connection.execute(text("select name, region, kind, status, removed_at, seen_at from stream_state"))
    return {(row.name, row.region): row for row in rows}


def principals(connection):
    return {row.name: row for row in connection.execute(text("select * from principal_state"))}


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        yield connection


def test_a_listing_brings_each_stream_up_to_date(connection):
    listing(connection, stream("door"))
    listing(connection, stream("door", status="DELETING"), now=LATER)
    (row,) = streams(connection).values()
    assert (row.status, row.seen_at, row.removed_at) == ("DELETING", LATER, None)


def test_a_stream_that_a_full_listing_no_longer_has_is_removed_and_kept(connection):
    listing(connection, stream("door"), stream("yard"))
    listing(connection, stream("yard"), now=LATER)
    found = streams(connection)
    assert found["door", REGION].removed_at == LATER
    assert found["yard", REGION].removed_at is None


def test_a_listing_sweeps_only_its_own_region_and_kind(connection):
    listing(connection, stream("door"))
    listing(connection, stream("bell", kind=ResourceKind.CHANNEL), kind=ResourceKind.CHANNEL)
    listing(connection, region=OTHER, now=LATER)
    listing(connection, now=LATER, kind=ResourceKind.CHANNEL)
    removed = {name for (name, _), row in streams(connection).items() if row.removed_at is not None}
    assert removed == {"bell"}


def test_a_stream_that_comes_back_is_there_again(connection):
    listing(connection, stream("door"))
    listing(connection)
    listing(connection, stream("door"), now=LATER)
    assert streams(connection)["door", REGION].removed_at is None


def test_a_stream_made_anew_under_an_old_name_is_another_stream(connection):
    listing(connection, stream("door"))
    listing(connection, stream("door", arn="arn:aws:kinesisvideo:eu-central-1:1:stream/door/2"), now=LATER)
    removed = connection.execute(text("select removed_at from stream_state order by stream_id")).scalars().all()
    assert removed == [LATER, None]


def test_tags_stay_until_they_are_read_again(connection):
    listing(connection, stream("door"), stream("yard"))
    inventory.project_tags(connection, CLINIC, {stream("door").arn: {"site": "north"}, "arn:gone": {"a": "b"}})
    listing(connection, stream("door"), stream("yard"), now=LATER)
    tags = {row.name: row.tags for row in connection.execute(text("select name, tags from stream_state"))}
    assert tags == {"door": {"site": "north"}, "yard": None}


def test_a_principal_that_a_full_listing_no_longer_has_is_removed(connection):
    project(connection, principal("anna"), principal("cam"))
    project(connection, principal("anna"), now=LATER)
    assert {name: row.removed_at for name, row in principals(connection).items()} == {"anna": None, "cam": LATER}


def test_nobody_is_removed_when_only_keys_were_read(connection):
    project(connection, principal("anna"), principal("cam"))
    project(connection, principal("anna"), now=LATER, sweep=False)
    assert principals(connection)["cam"].removed_at is None


@pytest.mark.parametrize(
    ("changes", "active_keys", "has_mfa"),
    [
        ({}, None, None),
        ({"credentials": Credentials(has_mfa=True, active_keys=1)}, 1, True),
        ({"keys": (), "credentials": Credentials(has_mfa=False, active_keys=1)}, 0, False),
        ({"keys": (AccessKey("a", True, NOW), AccessKey("b", False, NOW))}, 1, None),
    ],
    ids=["nothing read", "report", "keys before report", "an inactive key"],
)
def test_keys_and_second_factor_are_unknown_until_read(connection, changes, active_keys, has_mfa):
    project(connection, principal("cam", **changes))
    row = principals(connection)["cam"]
    assert (row.active_keys, row.has_mfa) == (active_keys, has_mfa)


def test_a_principal_keeps_its_id(connection):
    project(connection, principal("cam"))
    before = principals(connection)["cam"].principal_id
    project(connection, principal("anna"), principal("cam", tags=(("a", "1"),)), now=LATER)
    after = principals(connection)["cam"]
    assert (after.principal_id, after.tags) == (before, {"a": "1"})
