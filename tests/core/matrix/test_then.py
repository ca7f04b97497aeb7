"""What grants answer; tests/services/test_look_back.py holds them to the queries of those that are stored."""

from datetime import UTC, datetime

from app.core.iam.matrix import Matrix, access_matrix
from app.core.matrix.cells import BIT
from app.core.matrix.then import Then
from app.core.model.grant import Grant, Held, Known, Outcome
from app.core.model.reading import Reading
from app.core.readings import AsOf
from tests.builders import iam

AT = datetime(2026, 3, 3, tzinfo=UTC)
A, B = ("arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b")


def then(*grants: Grant) -> Then:
    return Then(iam.snapshot(iam.role()), Matrix(grants, ()), AsOf(AT, (Reading(1, "streams", "eu-central-1"),)))


def test_of_several_outcomes_the_most_certain_is_held_by_the_keys_of_all_that_are_as_certain() -> None:
    found = then(
        Grant(A, "GetMedia", Outcome.UNKNOWN, ("x",)),
        Grant(A, "GetClip", Outcome.CONDITIONAL, ("x", "y"), ("aws:sourceip",)),
        Grant(A, "GetImages", Outcome.CONDITIONAL, ("x",), ("aws:sourcevpc",)),
        Grant(B, "GetClip", Outcome.DENY, ("x",)),
        Grant(B, "PutMedia", Outcome.ALLOW, ("x",)),
    )
    actions = {"GetMedia", "GetClip", "GetImages"}
    assert found.holders("x", actions) == {A: Held(Outcome.CONDITIONAL, ("aws:sourceip", "aws:sourcevpc"))}
    keys = {"GetClip": ("aws:sourceip",), "GetImages": ("aws:sourcevpc",)}
    assert found.condition_keys(None) == {A: keys}
    assert found.condition_keys(frozenset({"y"})) == {A: {"GetClip": ("aws:sourceip",)}}
    assert found.may(A, actions) == Known(2, 0)
    assert found.may(A, {"GetMedia"}) == Known(0, 1)
    assert found.may("nobody", actions) == Known()


def test_only_streams_that_count_have_bits_and_actions_without_any_always_do() -> None:
    found = then(
        Grant(A, "GetMedia", Outcome.ALLOW, ("x",)),
        Grant(A, "GetClip", Outcome.DENY, ("x", "y")),
        Grant(A, "ListStreams", Outcome.ALLOW, ("*",)),
    )
    narrowed = found.bits(frozenset({"y"}))[A]
    assert (narrowed["allow"], narrowed["deny"]) == (BIT["ListStreams"], BIT["GetClip"])
    assert found.bits(None)[A]["allow"] == BIT["GetMedia"] | BIT["ListStreams"]
    assert found.allowed_on(frozenset({"x"})) == {A: BIT["GetMedia"]}
    assert found.counts(frozenset({"y"}))[A] == {("GetMedia", Outcome.ALLOW): 0, ("GetClip", Outcome.DENY): 1}


def test_what_nobody_had_read_is_not_nothing() -> None:
    unread = iam.snapshot()
    found = Then(unread, access_matrix(unread), AsOf(AT, (Reading(1, "streams", "eu-central-1"),)))
    assert (found.is_evaluated, found.is_unlisted) == (True, True)
    assert not Then(iam.snapshot(iam=None), Matrix((), ()), AsOf(AT, ())).is_evaluated
    assert found.tags == {one.arn: {} for one in unread.streams}


def test_a_region_in_which_one_kind_alone_was_listed_says_so() -> None:
    read = [Reading(1, "streams", "eu-central-1", AT, AT), Reading(1, "channels", "eu-central-1")]
    unread = [Reading(1, "streams", "eu-west-1"), Reading(1, "channels", "eu-west-1"), Reading(1, "iam", "")]
    found = Then(iam.snapshot(), Matrix((), ()), AsOf(AT, (*read, *unread)))
    assert found.unlisted_regions == ("eu-central-1 (channels)", "eu-west-1")
