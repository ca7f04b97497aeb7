"""The resources of one grant, cut by what decides on them."""

from collections.abc import Collection
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.core.iam.alike import Alike, Decided
from app.core.iam.explain import explain
from app.core.iam.layers import Binding
from app.core.iam.matrix import Table
from app.core.iam.reasons import Reason
from app.core.kvs.actions import ACTIONS
from app.core.model.principal import Principal
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind
from tests.builders.iam import ACCOUNT, allow, deny, role, snapshot, stream
from tests.builders.policies import GENERATED, HEAD, STREAM_TAGS, snapshots

NORTH = tuple(f"arn:aws:kinesisvideo:eu-central-1:{ACCOUNT}:stream/north-{n}/170000000000{n}" for n in range(3))
SOUTH = tuple(f"arn:aws:kinesisvideo:eu-central-1:{ACCOUNT}:stream/south-{n}/170000000001{n}" for n in range(2))
LAKE = f"arn:aws:kinesisvideo:us-east-1:{ACCOUNT}:channel/lake/1700000000020"
BOTH = (*NORTH, *SOUTH)


def of_each(made: Snapshot, action: str, resources: Collection[str]) -> list[tuple[Decided, ...]]:
    """Return what decides on resources for each caller of an account."""
    table = Table(Binding(made))
    alike = Alike(table)
    return [
        alike.decided(principal, action, alike.parts(principal, action, resources))
        for principal in table.binding.callers
    ]


def decided(made: Snapshot, action: str, resources: Collection[str]) -> tuple[Decided, ...]:
    (of_the_caller,) = of_each(made, action, resources)
    return of_the_caller


def account(principal: Principal) -> Snapshot:
    return snapshot(principal, streams=tuple(stream(arn) for arn in BOTH))


def said(reasons: Collection[Reason]) -> list[Reason]:
    """Return reasons without their marked lines: those are of the example alone."""
    return [replace(reason, marked=()) for reason in reasons]


def test_streams_that_two_statements_grant_are_explained_each_by_its_own() -> None:
    north = allow("kinesisvideo:GetMedia", f"{HEAD}stream/north-*", Sid="North")
    south = allow("kinesisvideo:GetMedia", f"{HEAD}stream/south-*", Sid="South")

    of_north, of_south = decided(account(role(north, south)), "GetMedia", BOTH)

    assert (of_north.resources, of_south.resources) == (NORTH, SOUTH)
    assert [reason.sid for reason in of_north.explanation.reasons] == ["North"]
    assert [reason.sid for reason in of_south.explanation.reasons] == ["South"]


def test_two_patterns_of_one_statement_are_one_reason() -> None:
    one = allow("kinesisvideo:GetMedia", [f"{HEAD}stream/north-*", f"{HEAD}stream/south-*"])
    (found,) = decided(account(role(one)), "GetMedia", BOTH)
    assert found.resources == BOTH


def test_a_statement_that_changes_no_reason_parts_nothing() -> None:
    from_home = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    north = allow("kinesisvideo:GetMedia", f"{HEAD}stream/north-*", Sid="North", Condition=from_home)
    principal = role(allow("kinesisvideo:GetMedia", Sid="All"), north)
    (found,) = decided(account(principal), "GetMedia", BOTH)
    assert sorted(found.resources) == sorted(BOTH)
    assert [reason.sid for reason in found.explanation.reasons] == ["All"]


def test_a_second_statement_that_allows_is_a_reason_of_its_own() -> None:
    north = allow("kinesisvideo:GetMedia", f"{HEAD}stream/north-*", Sid="North")
    principal = role(allow("kinesisvideo:GetMedia", Sid="All"), north)

    of_north, of_south = decided(account(principal), "GetMedia", BOTH)

    assert (of_north.resources, of_south.resources) == (NORTH, SOUTH)
    assert [reason.sid for reason in of_north.explanation.reasons] == ["All", "North"]
    assert [reason.sid for reason in of_south.explanation.reasons] == ["All"]


def test_streams_that_differ_in_a_tag_alone_are_told_apart() -> None:
    tagged = (stream(NORTH[0], (("site", "gate"),)), stream(NORTH[1]), stream(NORTH[2], (("site", "gate"),)))
    gates = deny("kinesisvideo:GetMedia", Condition={"StringEquals": {"aws:ResourceTag/site": "gate"}})
    made = snapshot(role(allow("kinesisvideo:GetMedia"), gates), streams=tagged)

    denied, allowed = decided(made, "GetMedia", NORTH)

    assert (denied.resources, allowed.resources) == ((NORTH[0], NORTH[2]), (NORTH[1],))


def test_a_pattern_of_two_readings_is_told_where_it_matters_alone() -> None:
    statement = allow("kinesisvideo:GetMedia", ["*", "arn:aws:kinesisvideo:*:stream/north-*"])

    of_north, of_south = decided(account(role(statement)), "GetMedia", BOTH)

    assert (of_north.resources, of_south.resources) == (NORTH, SOUTH)
    assert [reason.code for reason in of_north.explanation.reasons] == ["allowed", "wildcard_reading"]
    assert [reason.code for reason in of_south.explanation.reasons] == ["allowed"]


def test_what_the_account_does_not_list_is_in_no_part() -> None:
    table = Table(Binding(snapshot(role(allow()), streams=(stream(NORTH[0]),))))
    (principal,) = table.binding.callers
    assert Alike(table).parts(principal, "GetMedia", BOTH) == ((NORTH[0],),)


@GENERATED
@given(snapshots(), st.lists(STREAM_TAGS, min_size=6, max_size=6), st.sampled_from(["GetMedia", "ListTagsForResource"]))
def test_every_resource_of_a_part_has_its_reasons(
    made: Snapshot, tags: list[tuple[tuple[str, str], ...] | None], action: str
) -> None:
    more = tuple(stream(arn, of_stream) for arn, of_stream in zip((*BOTH, LAKE), tags, strict=True))
    everything = replace(made, streams=made.streams + more)
    is_taken = {ResourceKind.STREAM: ACTIONS[action].on_stream, ResourceKind.CHANNEL: ACTIONS[action].on_channel}
    resources = [one.arn for one in everything.streams if is_taken[one.kind]]

    for found in of_each(everything, action, resources):
        assert sorted(arn for one in found for arn in one.resources) == sorted(resources)
        for one in found:
            for resource in one.resources:
                alone = explain(everything, one.explanation.principal, action, resource)
                assert (alone.outcome, alone.condition_keys) == (
                    one.explanation.outcome,
                    one.explanation.condition_keys,
                )
                assert said(alone.reasons) == said(one.explanation.reasons)


def test_a_thousand_streams_of_ten_statements_take_no_more_than_ten_explanations() -> None:
    arns = [f"arn:aws:kinesisvideo:eu-central-1:{ACCOUNT}:stream/s{n % 10}-{n}/1700000000000" for n in range(1000)]
    statements = (allow("kinesisvideo:GetMedia", f"{HEAD}stream/s{n}-*", Sid=f"S{n}") for n in range(10))
    made = snapshot(role(*statements), streams=tuple(stream(arn) for arn in arns))
    table = Table(Binding(made))
    (principal,) = table.binding.callers

    parts = Alike(table).parts(principal, "GetMedia", arns)

    assert [len(part) for part in parts] == [100] * 10
