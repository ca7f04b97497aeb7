from dataclasses import replace

from app.core.model.event import Actor, ActorKind
from app.core.rules.detections.device_wrote_foreign_stream import RULE
from tests.builders import iam
from tests.builders.documents import DEVICE_TRUST
from tests.builders.facts import at, call, day_of, denied, judged, only, parts

FLEET = iam.role(iam.allow("kinesisvideo:PutMedia"), trust=DEVICE_TRUST)
FIRST, SECOND, NEW = "a" * 64, "b" * 64, "c" * 64
ONE, TWO = iam.CAMERA, iam.OTHER_CAMERA


def put(number: int, hour: int, device: str, stream: str, **changes: object):
    actor = Actor(ActorKind.ROLE, FLEET.arn, iam.ACCOUNT, device)
    return call(number, event_time=at(hour), action="PutMedia", actor=actor, stream=stream, **changes)


ORDINARY = (
    *(put(hour, hour, FIRST, ONE) for hour in range(20)),
    *(put(100 + hour, hour, SECOND, TWO) for hour in range(20)),
)


def facts(*calls, **changes):
    return day_of(*calls, principals=(FLEET,), **changes)


def test_it_flags_a_device_in_the_stream_of_another_that_goes_on():
    found = only(judged(RULE, facts(*ORDINARY, put(200, 4, FIRST, TWO), put(201, 5, FIRST, TWO))))

    assert found.subject == TWO
    assert found.message.startswith("The device of north-cam-1 (session aaaaaaaaaaaa…) wrote to south-cam-2 2 times")


def test_it_flags_an_intruder_who_began_more_often_than_the_streams_own_device():
    own = [put(300 + hour, hour, SECOND, TWO) for hour in (2, 12)]
    home = [put(hour, hour, FIRST, ONE) for hour in range(10)]
    foreign = [put(200 + hour, hour, FIRST, TWO) for hour in range(3, 8)]

    found = only(judged(RULE, facts(*own, *home, *foreign)))

    assert (found.subject, found.first_at) == (TWO, at(3))


def test_it_flags_an_intruder_on_the_day_on_which_the_camera_was_swapped():
    own = [put(300 + hour, hour, SECOND if hour < 9 else NEW, TWO) for hour in range(14)]
    home = [put(hour, hour, FIRST, ONE) for hour in range(10)]

    assert only(judged(RULE, facts(*own, *home, put(200, 11, FIRST, TWO)))).subject == TWO


def test_it_knows_a_stream_by_its_name_alone_and_by_its_arn():
    by_name = [put(100 + hour, hour, SECOND, "south-cam-2") for hour in range(20)]

    found = only(judged(RULE, facts(*ORDINARY[:20], *by_name, put(200, 4, FIRST, TWO))))

    assert found.subject == TWO


def test_it_leaves_ordinary_cameras_alone():
    outcome = judged(RULE, facts(*ORDINARY))

    assert (outcome.violations, outcome.checked) == ((), 2)


def test_it_leaves_a_swapped_camera_alone():
    swapped = [put(hour, hour, FIRST if hour < 9 else NEW, ONE) for hour in range(20)]

    assert judged(RULE, facts(*swapped)).violations == ()


def test_it_leaves_a_camera_alone_that_was_moved_to_a_stream_whose_own_fell_silent():
    moved = [put(hour, hour, FIRST, ONE if hour < 12 else TWO) for hour in range(20)]
    retired = [put(100 + hour, hour, SECOND, TWO) for hour in range(12)]

    assert judged(RULE, facts(*moved, *retired)).violations == ()


def test_it_leaves_a_refused_attempt_alone():
    assert judged(RULE, facts(*ORDINARY, put(200, 4, FIRST, TWO, error_code="AccessDenied"))).violations == ()


def test_it_leaves_producers_alone_that_are_no_devices():
    gateway = replace(facts(*ORDINARY, put(200, 4, FIRST, TWO)), snapshot=iam.snapshot(parts=parts()))

    assert judged(RULE, gateway).violations == ()


def test_it_cannot_tell_which_role_is_a_fleets_when_iam_was_never_read():
    unread = iam.snapshot(parts=parts(denied("iam", missing="iam:GetAccountAuthorizationDetails")), iam=None)

    outcome = judged(RULE, replace(facts(*ORDINARY), snapshot=unread))

    assert "iam:GetAccountAuthorizationDetails" in outcome.cannot_tell[0].reason
