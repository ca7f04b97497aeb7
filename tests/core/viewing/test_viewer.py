from datetime import timedelta

import pytest
from msgspec.structs import replace

from app.core.lineage.behind import BehindKind
from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.session import IssuedSession
from app.core.viewing.viewer import Viewer, keys_of, told, viewers_of
from tests.builders.viewing import ANALYST, CLINIC, NOON, call

CERTIFICATE = "1f" * 32


def issued(caller: Actor, key: str = "ASIAMARA", name: str = "task-1", role: str = ANALYST) -> IssuedSession:
    return IssuedSession(
        account=CLINIC, event_id=key, event_time=NOON - timedelta(minutes=9), region="eu-central-1",
        action="AssumeRole", role_arn=role, session_name=name, access_key=key, expires_at=None, caller=caller,
        caller_key="ASIABEFORE" if caller.kind is ActorKind.ROLE else None, source_identity=None,
        external_id_given=False, address=None, user_agent=None, error_code=None,
    )  # fmt: skip


def service(name: str) -> Actor:
    return Actor(ActorKind.SERVICE, name, None)


def viewer(one, *sessions: IssuedSession) -> Viewer:
    known = {session.access_key: [session] for session in sessions}
    return viewers_of([one], known, frozenset())[told(one)]


def test_a_person_is_who_the_record_names():
    found = viewer(call(0))
    assert (found.kind, found.name) == (BehindKind.PERSON, "mara@halden.example")


def test_a_person_through_two_roles_is_one():
    assert viewer(call(0)) == viewer(call(0, principal="arn:aws:iam::590817264433:role/Other", principal_id=8))


def test_a_key_whose_id_comes_again_counts_for_whom_it_was_issued_to_last():
    ann, ben = (Actor(ActorKind.USER, f"arn:aws:iam::{CLINIC}:user/{name}", CLINIC) for name in ("ann", "ben"))
    again = replace(issued(ben), event_id="again", event_time=NOON + timedelta(hours=6))
    calls = [call(hours * 60, person=None) for hours in (-1, 1, 5, 7)]
    found = viewers_of(reversed(calls), {"ASIAMARA": [issued(ann), again]}, frozenset())
    assert [found[told(one)].name for one in calls[1:]] == [ann.principal, ann.principal, ben.principal]
    assert found[told(calls[0])].kind is None


def test_a_workload_is_its_role_whatever_its_tasks_are_called():
    first = viewer(call(0, person=None), issued(service("ecs-tasks.amazonaws.com")))
    later = call(5, person=None, access_key="ASIALATER")
    assert first == viewer(later, issued(service("ecs-tasks.amazonaws.com"), "ASIALATER", "task-2"))
    assert (first.kind, first.name, first.through) == (BehindKind.WORKLOAD, ANALYST, "ecs-tasks.amazonaws.com")


def test_a_device_is_its_certificate():
    found = viewer(call(0, person=None), issued(service("credentials.iot.amazonaws.com"), name=CERTIFICATE))
    assert (found.kind, found.name) == (BehindKind.DEVICE, f"certificate {CERTIFICATE}")


def test_who_chose_a_devices_session_name_is_not_taken_for_the_device():
    thief = Actor(ActorKind.USER, f"arn:aws:iam::{CLINIC}:user/thief", CLINIC)
    found = viewer(call(0, person=None, session_name=CERTIFICATE), issued(thief, name=CERTIFICATE))
    assert (found.kind, found.name) == (BehindKind.USER, thief.principal)


def test_where_the_chain_breaks_somebody_stands_behind_unseen():
    bridge, lab = f"arn:aws:iam::{CLINIC}:role/Bridge", Actor(ActorKind.ACCOUNT, "account/512233480096/AROAX", 5)
    found = viewer(
        call(0, person=None), issued(Actor(ActorKind.ROLE, bridge, CLINIC)), issued(lab, "ASIABEFORE", role=bridge)
    )
    assert (found.kind, found.name, found.through) == (None, ANALYST, bridge)


def test_of_a_key_that_nobody_saw_issued_nothing_stands_behind():
    found = viewer(call(0, person=None))
    assert (found.kind, found.through, found.why) == (None, "", "no record seen that issued ASIAMARA")


@pytest.mark.parametrize(
    ("kind", "key_kind", "wanted"),
    [
        (ActorKind.USER, KeyKind.LONG_TERM, BehindKind.USER),
        (ActorKind.ROOT, KeyKind.LONG_TERM, BehindKind.ROOT),
        (ActorKind.FEDERATED, KeyKind.TEMPORARY_OF_USER, BehindKind.FEDERATED),
        (ActorKind.SERVICE, KeyKind.NONE, BehindKind.WORKLOAD),
        (ActorKind.ACCOUNT, KeyKind.NONE, None),
    ],
)
def test_whoever_acts_by_itself_stands_for_itself(kind, key_kind, wanted):
    found = viewer(call(0, person=None, kind=kind, key_kind=key_kind))
    assert (found.kind, found.name) == (wanted, ANALYST)


def test_only_keys_of_sessions_that_name_nobody_have_to_be_looked_up():
    calls = [
        call(0),
        call(1, person=None, access_key="ASIA1"),
        call(2, person=None, access_key="AKIA1", key_kind=KeyKind.LONG_TERM),
        call(3, person=None, access_key=None),
    ]
    assert keys_of(calls) == {"ASIA1"}
