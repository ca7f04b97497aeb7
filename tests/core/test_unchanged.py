"""Since when permissions are as they are now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, Principal, PrincipalKind
from app.core.unchanged import Reading, Unchanged, unchanged

AT = datetime(2026, 11, 21, 14, tzinfo=UTC)
DAY = timedelta(days=1)
ARN = "arn:aws:iam::590817264433:user/Ada"
OWN = PolicyDocument(PolicyKind.INLINE, "own", "{}")
MANAGED = PolicyDocument(PolicyKind.MANAGED, "Watch", "{}", "arn:aws:iam::aws:policy/Watch", "v1")
BOUNDARY = replace(MANAGED, name="Edge", arn="arn:aws:iam::590817264433:policy/Edge")
GROUP = Principal("arn:group", PrincipalKind.GROUP, "Watchers", "/", "AGPA1", AT, inline=(OWN,))
ADA = Principal(
    ARN,
    PrincipalKind.USER,
    "Ada",
    "/",
    "AIDA1",
    AT - 400 * DAY,
    inline=(OWN,),
    attached=(MANAGED.arn or "",),
    boundary=BOUNDARY.arn,
    groups=("Watchers",),
)
IAM = Iam((ADA, GROUP), (MANAGED, BOUNDARY))
OTHER = '{"Statement": []}'


def readings(*newest_first: Iam) -> list[Reading]:
    return [Reading(AT - n * DAY, AT - n * DAY + DAY / 2, iam) for n, iam in enumerate(newest_first)]


def of_ada(*newest_first: Iam, are_all: bool = True) -> Unchanged:
    return unchanged(readings(*newest_first), are_all=are_all)[ARN]


def with_ada(**changes: object) -> Iam:
    return replace(IAM, principals=(replace(ADA, **changes), GROUP))


def test_what_every_reading_found_is_known_from_the_first_on() -> None:
    assert of_ada(IAM, IAM, IAM) == Unchanged(AT - 2 * DAY, is_first=True)


def test_where_older_readings_were_left_out_it_may_be_older() -> None:
    assert of_ada(IAM, are_all=False) == Unchanged(AT, is_first=False)


@pytest.mark.parametrize(
    "before",
    [
        with_ada(inline=()),
        with_ada(inline=(replace(OWN, document=OTHER),)),
        with_ada(attached=()),
        with_ada(boundary=None),
        with_ada(groups=()),
        with_ada(tags=(("team", "ward"),)),
        with_ada(unique_id="AIDA2"),
        replace(IAM, policies=(replace(MANAGED, document=OTHER, version_id="v2"), BOUNDARY)),
        replace(IAM, policies=(MANAGED, replace(BOUNDARY, document=OTHER))),
        replace(IAM, principals=(ADA, replace(GROUP, inline=()))),
        replace(IAM, principals=(ADA, replace(GROUP, attached=(MANAGED.arn or "",)))),
        replace(IAM, principals=(GROUP,)),
    ],
    ids=[
        "no own policy", "own policy", "detached", "no boundary", "no group", "tags", "made again", "managed policy",
        "boundary", "policy of a group", "a group's attachment", "not there",
    ],
)  # fmt: skip
def test_a_change_lies_between_two_readings(before: Iam) -> None:
    assert of_ada(IAM, IAM, before, IAM) == Unchanged(AT - DAY, AT - 2 * DAY + DAY / 2)


@pytest.mark.parametrize(
    "before",
    [
        with_ada(last_used_at=AT),
        with_ada(trust=OWN),
        replace(IAM, policies=(*IAM.policies, replace(MANAGED, arn="arn:another"))),
        replace(IAM, principals=(*IAM.principals, replace(ADA, arn="arn:ben"))),
    ],
    ids=["used", "who may become it", "a policy of others", "somebody else"],
)
def test_what_is_not_about_its_permissions_is_no_change(before: Iam) -> None:
    assert of_ada(IAM, before) == Unchanged(AT - DAY, is_first=True)


def test_when_a_version_was_made_is_told_of_the_last_one_and_is_no_change_by_itself() -> None:
    dated = replace(MANAGED, created_at=AT - 9 * DAY), replace(BOUNDARY, created_at=AT - 5 * DAY)
    assert of_ada(replace(IAM, policies=dated), IAM) == Unchanged(AT - DAY, is_first=True, newest=dated[1])


def test_a_policy_of_a_group_counts_and_one_of_others_does_not() -> None:
    watchers = replace(GROUP, attached=("arn:w",))
    shared = replace(MANAGED, arn="arn:w", created_at=AT - DAY)
    others = replace(MANAGED, arn="arn:o", created_at=AT)
    assert of_ada(replace(IAM, principals=(ADA, watchers), policies=(shared, others))).newest == shared


def test_of_what_is_gone_and_of_no_reading_nothing_is_told() -> None:
    assert ARN not in unchanged(readings(replace(IAM, principals=()), IAM), are_all=True)
    assert unchanged([], are_all=True) == {}


def test_a_policy_that_was_not_read_yet_is_no_change() -> None:
    assert of_ada(IAM, replace(IAM, policies=(MANAGED,)), IAM) == Unchanged(AT)
    moved = replace(IAM, policies=(replace(MANAGED, document=OTHER),))
    assert of_ada(IAM, moved) == Unchanged(AT, AT - DAY + DAY / 2)
