from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.errors import InvalidInput, MalformedPolicy
from app.core.leastprivilege.replay import Outcome, RecordedCall, Replayed, replay
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import PrincipalKind
from tests.builders.iam import (
    ACCOUNT,
    CAMERA,
    NOW,
    OTHER_CAMERA,
    ROLE,
    allow,
    deny,
    document,
    organization,
    role,
    snapshot,
    stream,
)

CALL = RecordedCall("GetMedia", "eu-central-1", "stream", "north-cam-1", CAMERA, 7, 0, NOW, NOW + timedelta(hours=1))
OWN = role(allow("kinesisvideo:*"))


def one(*statements: dict[str, Any], call: RecordedCall = CALL, principal: Any = OWN, **account: Any) -> Replayed:
    (found,) = replay(snapshot(principal, **account), ROLE, [document(*statements)], [call])
    return found


def test_a_call_that_the_policy_allows_stays() -> None:
    assert one(allow("kinesisvideo:GetMedia", CAMERA)) == Replayed(CALL, Outcome.ALLOWED, CAMERA)


def test_a_call_on_another_stream_than_the_policy_names_is_lost() -> None:
    found = one(allow("kinesisvideo:GetMedia", OTHER_CAMERA))
    assert found.outcome is Outcome.DENIED
    assert found.why == "No identity policy of the principal allows the call."


def test_the_given_policies_stand_in_place_of_all_of_the_principals() -> None:
    group = replace(role(), arn=f"arn:aws:iam::{ACCOUNT}:group/all", kind=PrincipalKind.GROUP, name="all")
    member = role(allow(), groups=("all",), attached=(f"arn:aws:iam::{ACCOUNT}:policy/gone",))
    account = snapshot(member, replace(group, inline=(document(allow()),)))
    (found,) = replay(account, ROLE, [document(allow("kinesisvideo:PutMedia"))], [CALL])
    assert found.outcome is Outcome.DENIED
    (found,) = replay(account, ROLE, [document(allow())], [CALL])
    assert found.outcome is Outcome.ALLOWED


def test_several_policies_count_together_and_a_deny_wins() -> None:
    (found,) = replay(snapshot(OWN), ROLE, [document(allow()), document(deny("kinesisvideo:Get*"))], [CALL])
    assert found.outcome is Outcome.DENIED
    assert "denies the call" in found.why


def test_no_policy_at_all_denies() -> None:
    (found,) = replay(snapshot(OWN), ROLE, [], [CALL])
    assert found.outcome is Outcome.DENIED


def test_a_condition_that_no_record_tells_cannot_be_told() -> None:
    where = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    found = one(allow("kinesisvideo:GetMedia", "*", Condition=where))
    assert (found.outcome, found.keys, found.why) == (Outcome.CANNOT_TELL, ("aws:sourcevpce",), "")


def test_a_condition_on_tags_that_are_known_is_told() -> None:
    where = {"StringEquals": {"aws:ResourceTag/site": "north"}}
    tagged = (stream(CAMERA, (("site", "north"),)),)
    assert one(allow(Condition=where), streams=tagged).outcome is Outcome.ALLOWED
    assert one(allow(Condition=where)).outcome is Outcome.DENIED


def test_a_boundary_that_denies_stands() -> None:
    boundary = document(allow("kinesisvideo:PutMedia"), name="edge", kind=PolicyKind.MANAGED)
    found = one(allow(), principal=role(allow(), boundary=boundary.arn), policies=(boundary,))
    assert found.outcome is Outcome.DENIED
    assert "permissions boundary" in found.why


def test_what_other_layers_leave_open_was_settled_by_the_call_itself() -> None:
    away = deny(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})
    scp = document(allow("*"), away, name="home", kind=PolicyKind.SCP)
    controls = organization(("r-1", (scp,)), (str(ACCOUNT), (scp,)))
    assert one(allow(), organization=controls).outcome is Outcome.ALLOWED
    assert one(allow(), organization=None).outcome is Outcome.ALLOWED
    assert one(allow("kinesisvideo:PutMedia"), organization=None).outcome is Outcome.DENIED


def test_an_action_without_resource_type_is_called_on_everything() -> None:
    call = RecordedCall("ListStreams", None, None, None, None, 3, 0, NOW, NOW)
    assert one(allow("kinesisvideo:ListStreams"), call=call).resource == "*"
    assert one(allow("kinesisvideo:ListStreams", CAMERA), call=call).outcome is Outcome.DENIED


def test_a_stream_that_was_recorded_by_name_is_the_one_of_that_name() -> None:
    found = one(allow("kinesisvideo:GetMedia", CAMERA), call=replace(CALL, stream_arn=None))
    assert (found.outcome, found.resource) == (Outcome.ALLOWED, CAMERA)


@pytest.mark.parametrize(
    "changes",
    [
        {"stream_name": "gone"},
        {"region": "eu-west-1"},
        {"kind": "channel"},
        {"stream_name": None},
        {"first_at": NOW - timedelta(days=1)},
    ],
    ids=["no such name", "another Region", "a channel", "no name", "from before it was made"],
)
def test_an_arn_that_is_not_known_is_not_guessed(changes: dict[str, Any]) -> None:
    found = one(allow(), call=replace(CALL, stream_arn=None, **changes))
    assert found.outcome is Outcome.CANNOT_TELL
    assert found.why == "the records do not give the ARN that was called"


def test_an_action_that_iam_does_not_have_cannot_be_told() -> None:
    found = one(allow(), call=replace(CALL, action="GetStreamingEndpoint"))
    assert (found.outcome, found.resource) == (Outcome.CANNOT_TELL, CAMERA)


def test_calls_that_never_succeeded_cannot_be_lost() -> None:
    assert replay(snapshot(OWN), ROLE, [], [replace(CALL, n=0, failed=4)]) == ()


def test_calls_come_in_order_of_action() -> None:
    calls = [replace(CALL, action=name) for name in ("PutMedia", "GetClip", "GetMedia")]
    found = replay(snapshot(OWN), ROLE, [document(allow())], calls)
    assert [each.call.action for each in found] == ["GetClip", "GetMedia", "PutMedia"]


def test_it_refuses_what_it_cannot_replay() -> None:
    with pytest.raises(InvalidInput, match="no such user or role"):
        replay(snapshot(OWN), f"{ROLE}-2", [], [CALL])
    with pytest.raises(InvalidInput, match="never read"):
        replay(snapshot(iam=None), ROLE, [], [CALL])
    with pytest.raises(MalformedPolicy, match=r"mine\.json"):
        replay(snapshot(OWN), ROLE, [PolicyDocument(PolicyKind.INLINE, "mine.json", "{}")], [CALL])
