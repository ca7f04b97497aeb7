from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.errors import InvalidInput
from app.core.model.account import Account, AccountKind
from app.core.model.organization import Organization, OrganizationAccount
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, Principal, PrincipalKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.snapshot import PartState
from app.core.model.stream import ResourceKind, Stream
from app.core.model.trail import AdvancedSelector, Trail, Trails
from app.core.parts import EventSelectors, Selectors, Streams
from app.db.queries import accounts, snapshots

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLINIC, MAIN, OTHER = 111122223333, 11112222, 444455556666
REGION = "eu-central-1"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{MAIN:012d}:trail/all"


def watch(connection, number, kind=AccountKind.MEMBER):
    account = Account(number, f"a{number}", kind, f"arn:aws:iam::{number:012d}:role/x", "id", (REGION,))
    accounts.store_account(connection, account, "added", NOW - 24 * HOUR)


def iam(*names, **changes):
    role = Principal("", PrincipalKind.ROLE, "", "/", "AROA", None, **changes)
    return Iam(tuple(replace(role, arn=f"arn:aws:iam::1:role/{name}", name=name) for name in names), ())


def names(snapshot):
    return [principal.name for principal in snapshot.iam.principals if principal.kind is PrincipalKind.ROLE]


def versions(connection):
    return connection.execute(text("select valid_from, valid_to, seen_at from snapshot order by valid_from")).all()


def organization(*members):
    listed = tuple(OrganizationAccount(number, "x", "ACTIVE", ("r-1", f"{number:012d}")) for number in members)
    return Organization("o-1", MAIN, listed, ())


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        watch(connection, CLINIC)
        yield connection


def test_it_gives_back_what_was_stored(connection):
    trust = PolicyDocument(PolicyKind.TRUST, "ingest", '{"a": "\\u0000 <b>"}')
    stored = iam("ingest", trust=trust, tags=(("a", "1"),), last_used_at=NOW, keys=())
    snapshots.store_part(connection, CLINIC, "iam", "", stored, NOW)
    assert snapshots.contents_of(connection, EVERYTHING, CLINIC) == {("iam", ""): stored}


def test_seeing_the_same_again_moves_the_time_of_the_version_that_stands(connection):
    assert snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW)
    assert not snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW + HOUR)
    assert [tuple(row) for row in versions(connection)] == [(NOW, None, NOW + HOUR)]


def test_a_change_ends_one_version_and_begins_another(connection):
    snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW)
    assert snapshots.store_part(connection, CLINIC, "iam", "", iam("b"), NOW + HOUR)
    assert [tuple(row) for row in versions(connection)] == [(NOW, NOW + HOUR, NOW), (NOW + HOUR, None, NOW + HOUR)]


def test_use_alone_makes_no_version_and_is_brought_up_to_date(connection):
    snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW)
    assert not snapshots.store_part(connection, CLINIC, "iam", "", iam("a", last_used_at=NOW), NOW + HOUR)
    (principal,) = snapshots.contents_of(connection, EVERYTHING, CLINIC)["iam", ""].principals
    assert principal.last_used_at == NOW


def test_a_clock_that_went_back_loses_no_version(connection):
    snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW)
    snapshots.store_part(connection, CLINIC, "iam", "", iam("b"), NOW - HOUR)
    snapshots.store_part(connection, CLINIC, "iam", "", iam("c"), NOW - HOUR)
    assert len(versions(connection)) == 3
    assert names(snapshots.load_snapshot(connection, EVERYTHING, CLINIC)) == ["c"]


def test_what_stood_on_an_earlier_day_can_be_asked(connection):
    for age, name in ((3, "a"), (2, "b"), (1, "c")):
        snapshots.store_part(connection, CLINIC, "iam", "", iam(name), NOW - age * HOUR)
    assert names(snapshots.load_snapshot(connection, EVERYTHING, CLINIC, NOW - 2 * HOUR)) == ["b"]
    assert names(snapshots.load_snapshot(connection, EVERYTHING, CLINIC, NOW - HOUR - timedelta(seconds=1))) == ["b"]
    assert names(snapshots.load_snapshot(connection, EVERYTHING, CLINIC, NOW)) == ["c"]


def test_before_the_first_look_nothing_is_known(connection):
    snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW)
    before = snapshots.load_snapshot(connection, EVERYTHING, CLINIC, NOW - HOUR)
    assert before.iam is None
    assert before.part("iam").state is PartState.NOT_COLLECTED


def test_a_part_that_could_not_be_read_keeps_its_content_and_its_age(connection):
    snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW)
    snapshots.mark_unseen(connection, CLINIC, "iam", "", PartState.DENIED, "iam:GetX", "no", NOW + HOUR)
    snapshot = snapshots.load_snapshot(connection, EVERYTHING, CLINIC)
    part = snapshot.part("iam")
    assert names(snapshot) == ["a"]
    assert (part.state, part.missing, part.message) == (PartState.DENIED, "iam:GetX", "no")
    assert (part.seen_at, part.tried_at) == (NOW, NOW + HOUR)


def add(name):
    return lambda held: iam(*(principal.name for principal in held.principals), name)


def test_a_part_of_which_a_piece_was_read_has_a_new_version_and_its_old_age(connection):
    watch(connection, CLINIC)
    snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW - HOUR)
    assert snapshots.amend_part(connection, CLINIC, "iam", "", add("b"), NOW)
    assert names(snapshots.load_snapshot(connection, EVERYTHING, CLINIC)) == ["a", "b"]
    (part,) = snapshots.parts_of(connection, EVERYTHING, CLINIC)
    assert (part.tried_at, part.seen_at) == (NOW, NOW - HOUR)
    assert not snapshots.amend_part(connection, CLINIC, "iam", "", lambda held: held, NOW + HOUR)
    (version, _) = snapshots.versions_of(connection, EVERYTHING, CLINIC, "iam", 2)
    # Of the rest nobody knows whether it was still so.
    assert (version.valid_from, version.seen_at) == (NOW, NOW - HOUR)


def test_a_part_that_was_never_seen_has_nothing_to_be_amended(connection):
    watch(connection, CLINIC)
    assert not snapshots.amend_part(connection, CLINIC, "iam", "", add("b"), NOW)
    assert snapshots.contents_of(connection, EVERYTHING, CLINIC) == {}


def test_a_part_that_is_read_again_forgets_why_it_was_not(connection):
    snapshots.mark_unseen(connection, CLINIC, "iam", "", PartState.DENIED, "iam:GetX", "no", NOW)
    snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW + HOUR)
    part = snapshots.load_snapshot(connection, EVERYTHING, CLINIC).part("iam")
    assert (part.is_fresh, part.missing, part.message) == (True, None, None)


def test_a_part_never_seen_is_unseen_without_content(connection):
    snapshots.mark_unseen(connection, CLINIC, "iam", "", PartState.THROTTLED, None, "slow down", NOW)
    snapshot = snapshots.load_snapshot(connection, EVERYTHING, CLINIC)
    assert snapshot.iam is None
    assert (snapshot.part("iam").state, snapshot.part("iam").seen_at) == (PartState.THROTTLED, None)


def test_regions_are_parts_of_their_own(connection):
    stream = Stream("arn:a", "a", REGION, ResourceKind.STREAM, "ACTIVE", NOW)
    snapshots.store_part(connection, CLINIC, "streams", REGION, Streams((stream,)), NOW)
    snapshots.store_part(connection, CLINIC, "streams", "us-east-1", Streams(()), NOW)
    snapshots.mark_unseen(connection, CLINIC, "streams", "us-west-2", PartState.UNREACHABLE, None, "gone", NOW)
    snapshot = snapshots.load_snapshot(connection, EVERYTHING, CLINIC)
    assert snapshot.streams == (stream,)
    assert [part.region for part in snapshot.parts if part.is_fresh] == [REGION, "us-east-1"]


def test_a_member_finds_itself_in_the_listing_of_its_management_account(connection):
    watch(connection, MAIN, AccountKind.MANAGEMENT)
    snapshots.store_part(connection, MAIN, "organization", "", organization(MAIN, CLINIC, OTHER), NOW)
    snapshot = snapshots.load_snapshot(connection, EVERYTHING, CLINIC)
    assert snapshot.organization == organization(MAIN, CLINIC, OTHER)
    assert snapshot.part("organization").is_fresh
    assert snapshot.known_accounts == {MAIN, CLINIC, OTHER}


def test_an_account_that_no_listing_holds_has_an_unknown_organization(connection):
    watch(connection, MAIN, AccountKind.MANAGEMENT)
    snapshots.store_part(connection, MAIN, "organization", "", organization(MAIN), NOW)
    snapshot = snapshots.load_snapshot(connection, EVERYTHING, CLINIC)
    assert snapshot.organization is None
    assert snapshot.part("organization").state is PartState.NOT_COLLECTED


def test_members_are_told_why_the_organization_was_never_read(connection):
    watch(connection, MAIN, AccountKind.MANAGEMENT)
    snapshots.mark_unseen(connection, MAIN, "organization", "", PartState.DENIED, "organizations:ListRoots", "no", NOW)
    part = snapshots.load_snapshot(connection, EVERYTHING, CLINIC).part("organization")
    assert (part.state, part.missing) == (PartState.DENIED, "organizations:ListRoots")


def test_selectors_of_the_organizations_trail_come_from_the_management_account(connection):
    watch(connection, MAIN, AccountKind.MANAGEMENT)
    trail = Trail(TRAIL, "all", REGION, True, True, "logs", "", True, True, selectors_seen=False)
    read = EventSelectors((Selectors(TRAIL, advanced=(AdvancedSelector("media", ()),)),))
    snapshots.store_part(connection, MAIN, "organization", "", organization(MAIN, CLINIC), NOW)
    snapshots.store_part(connection, MAIN, "event_selectors", REGION, read, NOW)
    snapshots.store_part(connection, CLINIC, "trails", REGION, Trails((trail,)), NOW)
    (joined,) = snapshots.load_snapshot(connection, EVERYTHING, CLINIC).trails
    assert joined.selectors_seen
    assert joined.advanced == (AdvancedSelector("media", ()),)


def test_an_account_that_is_not_watched_is_named(connection):
    with pytest.raises(InvalidInput, match="444455556666 is not watched"):
        snapshots.load_snapshot(connection, EVERYTHING, OTHER)


@pytest.mark.parametrize("scope", [Scope(frozenset()), Scope(frozenset({OTHER}))], ids=["Cleo", "Ben"])
def test_outside_of_a_scope_there_is_nothing(connection, scope):
    snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW)
    assert snapshots.contents_of(connection, scope, CLINIC) == {}
    assert snapshots.parts_of(connection, scope, CLINIC) == ()
    with pytest.raises(InvalidInput, match="not watched"):
        snapshots.load_snapshot(connection, scope, CLINIC)


def test_whoever_sees_a_member_sees_what_its_organization_says_of_it(connection):
    watch(connection, MAIN, AccountKind.MANAGEMENT)
    snapshots.store_part(connection, MAIN, "organization", "", organization(MAIN, CLINIC), NOW)
    snapshot = snapshots.load_snapshot(connection, Scope(frozenset({CLINIC})), CLINIC)
    assert snapshot.organization == organization(MAIN, CLINIC)


def test_a_snapshot_is_as_old_as_its_newest_part(connection):
    assert snapshots.load_snapshot(connection, EVERYTHING, CLINIC).as_of == NOW - 24 * HOUR
    snapshots.store_part(connection, CLINIC, "iam", "", iam("a"), NOW)
    snapshots.mark_unseen(connection, CLINIC, "streams", REGION, PartState.FAILED, None, "x", NOW + HOUR)
    assert snapshots.load_snapshot(connection, EVERYTHING, CLINIC).as_of == NOW + HOUR


def test_an_organization_is_named_to_who_sees_the_account_that_lists_it(connection):
    watch(connection, MAIN, AccountKind.MANAGEMENT)
    snapshots.store_part(connection, MAIN, "organization", "", organization(MAIN, CLINIC), NOW)
    assert snapshots.organization_ids(connection, EVERYTHING) == (organization(MAIN).id,)
    assert snapshots.organization_ids(connection, Scope(frozenset({CLINIC}))) == ()
