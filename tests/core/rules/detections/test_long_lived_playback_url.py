from app.core.model.event import URL_LIFE_UNTOLD, Actor, ActorKind
from app.core.rules.detections.long_lived_playback_url import RULE
from tests.builders.facts import call, day_of, judged, only

JONAS = Actor(
    ActorKind.ROLE, "arn:aws:iam::590817264433:role/AWSReservedSSO_SecurityOperations_1", 590817264433, "jonas.weil"
)


def url(number: int = 0, lives_s: int = 43_200, **changes: object):
    return call(number, action="GetHLSStreamingSessionURL", url_expires_s=lives_s, **changes)


def test_it_flags_a_url_of_twelve_hours_and_admits_what_is_not_logged():
    found = only(judged(RULE, day_of(url(actor=JONAS))))

    assert found.message == (
        "A playback URL for 12 h was issued to jonas.weil, of ward-3-corridor; who opened it is not logged"
    )


def test_it_leaves_a_url_of_an_hour_alone():
    assert judged(RULE, day_of(url(lives_s=3600), url(1, lives_s=300))).violations == ()


def test_it_cannot_tell_of_a_url_whose_life_was_not_logged():
    found = judged(RULE, day_of(url(0, URL_LIFE_UNTOLD), url(1, URL_LIFE_UNTOLD, actor=JONAS), url(2, actor=JONAS)))

    (answer,) = found.cannot_tell
    assert answer.reason == "the records of 1 playback URL do not tell for how long"
    assert [one.subject for one in found.violations] != [answer.subject]


def test_it_leaves_a_refused_url_alone():
    assert judged(RULE, day_of(url(error_code="AccessDeniedException"))).violations == ()


def test_one_reader_is_one_finding():
    assert len(judged(RULE, day_of(url(0), url(1), url(2, actor=JONAS))).violations) == 2
