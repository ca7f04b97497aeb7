from datetime import date

from app.core.model.event import Actor, ActorKind
from app.core.rules.detections.reader_from_new_network import RULE, SETTLED
from app.core.rules.facts import History
from tests.builders.events import ROLE
from tests.builders.facts import at, call, day_of, judged, only

LONG = date(2026, 11, 1)


def known(*networks: str, reader: str = ROLE) -> History:
    return History(LONG, first_networks={(reader, network): at(-100) for network in networks})


def test_it_flags_a_reader_that_comes_from_elsewhere():
    found = only(judged(RULE, day_of(call(), history=known("192.0.2.0/24"))))

    assert found.subject == ROLE
    assert "of ward-3-corridor from 198.51.100.0/24, where it never came from before" in found.message
    assert found.evidence[0].text == "192.0.2.0/24"


def test_it_leaves_a_vendors_batch_alone_that_comes_from_where_it_always_does():
    assert judged(RULE, day_of(call(), history=known("198.51.100.0/24"))).violations == ()


def test_it_leaves_a_reader_alone_that_comes_from_everywhere():
    everywhere = known(*(f"192.0.{n}.0/24" for n in range(SETTLED + 1)))

    assert judged(RULE, day_of(call(), history=everywhere)).violations == ()


def test_a_reader_without_a_past_is_another_rules():
    assert judged(RULE, day_of(call(), history=History(LONG))).violations == ()


def test_cameras_on_mobile_networks_do_not_read():
    assert judged(RULE, day_of(call(action="PutMedia"), history=known("192.0.2.0/24"))).violations == ()


def test_people_behind_one_role_have_networks_of_their_own():
    role = "arn:aws:iam::590817264433:role/AWSReservedSSO_VideoAnalyst_1"
    mara = Actor(ActorKind.ROLE, role, 590817264433, "mara")
    colleagues = known("198.51.100.0/24", reader=f"{role} jonas")
    own = known("192.0.2.0/24", reader=f"{role} mara")
    both = History(LONG, first_networks={**colleagues.first_networks, **own.first_networks})

    assert only(judged(RULE, day_of(call(actor=mara), history=both))).subject == f"{role} mara"


def test_it_cannot_tell_while_too_little_of_the_past_is_known():
    outcome = judged(RULE, day_of(call()))

    assert outcome.violations == ()
    assert "0 days" in outcome.cannot_tell[0].reason
