from app.core.model.grant import Grant, Outcome
from app.core.rules.facts import applicable_actions, held, may, resources, unknown
from tests.builders import iam

GRANTS = (
    Grant("r", "GetMedia", Outcome.ALLOW, ("a",)),
    Grant("r", "GetMedia", Outcome.DENY, ("b",)),
    Grant("r", "PutMedia", Outcome.PER_DEVICE, ("a", "b")),
    Grant("r", "GetClip", Outcome.UNKNOWN, ("a",)),
    Grant("s", "GetMedia", Outcome.DENY, ("a",)),
)
ROLE = held(GRANTS)["r"]


def test_a_right_is_held_where_a_call_can_succeed():
    assert may(ROLE, "GetMedia")
    assert may(ROLE, "PutMedia")
    assert not may(ROLE, "GetClip")
    assert not may(held(GRANTS)["s"], "GetMedia")
    assert not may(ROLE, "DeleteStream")


def test_an_open_verdict_is_unknown_and_nothing_else():
    assert unknown(ROLE, "GetClip")
    assert not unknown(ROLE, "GetMedia")


def test_denied_resources_are_not_among_those_held():
    assert resources(ROLE, "GetMedia") == {"a"}
    assert resources(ROLE, "PutMedia", frozenset({Outcome.ALLOW})) == frozenset()


def test_actions_of_channels_need_a_channel():
    streams_only = iam.snapshot(streams=(iam.stream(),))

    assert "ConnectAsViewer" not in applicable_actions(streams_only)
    assert "GetMedia" in applicable_actions(streams_only)
    assert "ConnectAsViewer" in applicable_actions(iam.snapshot())
    assert "ListStreams" not in applicable_actions(iam.snapshot())
    assert applicable_actions(iam.snapshot(streams=())) == ()
