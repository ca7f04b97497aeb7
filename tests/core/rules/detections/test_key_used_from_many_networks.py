from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.finding import Severity
from app.core.rules.detections.key_used_from_many_networks import RULE
from app.core.rules.facts import History
from tests.builders.facts import at, call, day_of, judged, only

KEY = "AKIAIOSFODNN7EXAMPLE"
USER = Actor(ActorKind.USER, "arn:aws:iam::590817264433:user/cam-gate-07", 590817264433)
FLEET = "arn:aws:iam::590817264433:role/VanCamRole"
SITE, STRANGER = "203.0.113.57", "198.51.100.77"


def sends(number: int, address: str = SITE, **changes: object):
    values = {"actor": USER, "access_key": KEY, "key_kind": KeyKind.LONG_TERM, "action": "PutMedia"}
    return call(number, address=address, **(values | changes))


CAMERA = tuple(sends(number) for number in range(20))


def test_it_flags_a_cameras_key_that_reads_from_elsewhere():
    found = only(judged(RULE, day_of(*CAMERA, sends(30, STRANGER, action="GetMedia"))))

    assert (found.subject, found.severity) == (KEY, Severity.CRITICAL)
    assert "from 198.51.100.0/24 for GetMedia" in found.message
    assert found.evidence[0].text == "20, 2026-11-23 03:12Z to 03:22Z"


def test_it_leaves_a_camera_on_a_mobile_network_alone():
    van = {"actor": Actor(ActorKind.ROLE, FLEET, 590817264433, "f" * 64), "key_kind": KeyKind.TEMPORARY}
    calls = [sends(number, f"198.19.{number}.7", **van) for number in range(20)]
    endpoints = [sends(40 + number, f"198.19.{number}.7", action="GetDataEndpoint", **van) for number in range(20)]

    assert judged(RULE, day_of(*calls, *endpoints)).violations == ()


def test_it_leaves_two_networks_alone_that_do_the_same():
    reads = [sends(number, SITE, action="GetMedia") for number in range(5)]

    assert judged(RULE, day_of(*reads, sends(9, STRANGER, action="GetMedia"))).violations == ()


def test_it_leaves_a_person_alone_who_takes_a_session_home():
    person = {"actor": Actor(ActorKind.ROLE, FLEET, 590817264433, "s"), "key_kind": KeyKind.TEMPORARY}
    office = [sends(number, SITE, action="ListStreams", **person) for number in range(5)]
    home = sends(9, STRANGER, action="GetClip", **person)
    known = History(first_networks={(FLEET, "198.51.100.0/24"): at(-48)})

    assert judged(RULE, day_of(*office, home, history=known)).violations == ()
    assert only(judged(RULE, day_of(*office, home))).severity is Severity.HIGH


def test_it_leaves_the_names_of_services_alone():
    by_service = sends(30, "rekognition.amazonaws.com", action="GetMedia")

    assert judged(RULE, day_of(*CAMERA, by_service)).violations == ()
