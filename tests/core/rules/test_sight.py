"""What the log could not show of the day judged, Region by Region."""

from dataclasses import replace
from datetime import timedelta

from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.model.finding import CannotTell
from app.core.rules.facts import DetectionFacts
from app.core.rules.sight import not_seen, regions_of
from tests.builders import iam
from tests.builders.facts import DAY, NOW, REGIONS, all_day, at, day_of, denied, parts

HERE, THERE = REGIONS
MEDIA = (ActionClass.READ, ActionClass.WRITE)
SEEN, DARK, PARTLY = ObservableState.OBSERVED, ObservableState.NOT_COLLECTED, ObservableState.PARTLY


def told(facts: DetectionFacts, *classes: ActionClass) -> dict[str, str]:
    """Return the reasons by Region."""
    answers = list(not_seen(classes, facts))
    assert {answer.subject for answer in answers} <= {""}
    assert len({answer.region for answer in answers}) == len(answers)
    return {answer.region: answer.reason for answer in answers}


def strip(*stretches: Stretch, region: str = HERE, kind: ActionClass = ActionClass.READ) -> Strip:
    return Strip(iam.ACCOUNT, region, kind, 2, stretches, None)


def of(*strips: Strip) -> DetectionFacts:
    """Return a day with these strips, all observed where they say nothing."""
    given = {(one.region, one.kind) for one in strips}
    return day_of(coverage=(*(one for one in all_day() if (one.region, one.kind) not in given), *strips))


def without_streams(facts: DetectionFacts, **changes: object) -> DetectionFacts:
    """Return a day of an account that has neither streams nor channels, and strips of its management calls alone."""
    managed = tuple(one for one in facts.coverage if one.kind is ActionClass.MANAGEMENT)
    return replace(facts, coverage=managed, snapshot=replace(facts.snapshot, streams=(), **changes))


def test_a_day_that_was_observed_leaves_nothing_to_tell():
    assert told(day_of(), *ActionClass) == {}


def test_only_the_classes_asked_for_count():
    facts = of(strip(Stretch(DAY, NOW, DARK, "nobody read it")))

    assert told(facts, ActionClass.WRITE) == {}
    assert told(facts, *MEDIA) == {HERE: "media reads not observed: nobody read it"}


def test_classes_of_one_reason_are_told_together():
    facts = of(
        *(strip(Stretch(DAY, NOW, DARK, "nobody read it"), kind=kind) for kind in MEDIA),
        strip(Stretch(DAY, NOW, PARTLY, "the selectors leave out ListStreams"), kind=ActionClass.MANAGEMENT),
    )

    assert told(facts, *ActionClass) == {
        HERE: "media reads and media writes not observed: nobody read it; "
        "management calls observed in part: the selectors leave out ListStreams"
    }


def test_what_all_regions_say_is_said_once_of_the_account():
    assert told(day_of(coverage=all_day(DARK, "no selector takes them")), *MEDIA) == {
        "": "media reads and media writes not observed: no selector takes them"
    }


def test_a_hole_says_when_it_was():
    facts = of(
        strip(
            Stretch(DAY, at(3), SEEN, "logged"),
            Stretch(at(3), at(5), DARK, "1 log file not read: throttled"),
            Stretch(at(5), at(8), SEEN, "logged"),
            Stretch(at(8), NOW, ObservableState.NOT_DELIVERED, "it is stopped"),
        )
    )

    assert told(facts, ActionClass.READ) == {
        HERE: "media reads not observed from 03:00 to 05:00Z: 1 log file not read: throttled; "
        "media reads not observed since 08:00Z: it is stopped"
    }


def test_holes_of_one_reason_are_one():
    facts = of(
        strip(
            Stretch(DAY, at(1), DARK, "throttled"),
            Stretch(at(1), at(2), SEEN, "logged"),
            Stretch(at(2), at(3), DARK, "throttled"),
            Stretch(at(3), NOW, SEEN, "logged"),
        )
    )

    assert told(facts, ActionClass.READ) == {
        HERE: "media reads not observed from 00:00 to 01:00Z and from 02:00 to 03:00Z: throttled"
    }


def test_a_day_of_which_nothing_is_over_leaves_nothing_to_tell():
    tomorrow = DAY + timedelta(days=1)
    empty = tuple(replace(one, stretches=()) for one in all_day())

    assert told(day_of(day=tomorrow, now=tomorrow, coverage=empty), *ActionClass) == {}


def test_an_account_that_was_read_and_is_empty_has_no_media_to_watch_but_is_managed():
    dark = day_of(coverage=all_day(DARK, "nobody read it"))

    assert told(without_streams(day_of()), *ActionClass) == {}
    assert told(without_streams(dark), *MEDIA, ActionClass.SIGNALING) == {}
    assert told(without_streams(dark), *ActionClass) == {"": "management calls not observed: nobody read it"}


def test_a_region_whose_streams_could_not_be_listed_is_not_empty():
    facts = without_streams(day_of(), parts=parts(denied("streams", THERE, "kinesisvideo:ListStreams")))

    assert told(facts, ActionClass.SIGNALING) == {}
    assert told(facts, ActionClass.READ) == {
        THERE: "media reads not observed: whether there is anything to watch is not known: "
        f"streams in {THERE}: never read, denied kinesisvideo:ListStreams"
    }


def test_streams_of_whose_coverage_nothing_is_known_are_not_observed():
    answers = list(not_seen((ActionClass.READ,), day_of(coverage=())))

    assert answers == [CannotTell("", "media reads not observed: nothing is known of how they are logged")]


def test_an_account_of_which_no_region_was_ever_read_is_not_answered():
    facts = day_of(coverage=())
    account = replace(facts.snapshot.account, regions=())
    blank = replace(facts, snapshot=replace(facts.snapshot, account=account, parts=(), streams=()))

    assert all(told(blank, kind) for kind in ActionClass)


def test_regions_are_those_that_are_read_or_were():
    snapshot = day_of().snapshot
    account = replace(snapshot.account, regions=("eu-west-1",))

    assert regions_of(replace(snapshot, account=account)) == ("eu-central-1", "eu-west-1", "us-east-1")
