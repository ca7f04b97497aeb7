import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.integrity.place import Place, Unopened, findings
from app.core.integrity.verdict import Files
from app.core.model.integrity import LogFile, Verdict
from app.core.model.trail import Trail, TrailStatus
from app.core.trailfile.digest.names import digest_name
from app.core.trailfile.gunzip import gunzip
from tests.builders.digests import BUCKET, HOUR, START, Delivery, delivery
from tests.builders.integrity import cut, origin, place_of

TRAIL = Trail(
    "arn:aws:cloudtrail:eu-central-1:111122223333:trail/a-trail",
    "a-trail",
    "eu-central-1",
    is_multi_region=True,
    is_organization_trail=False,
    bucket=BUCKET,
    prefix="",
    validates_log_files=True,
    includes_global_events=True,
)


def trails(*, validates: bool = True, is_logging: bool = True, **status: datetime | None) -> list[Trail]:
    return [replace(TRAIL, validates_log_files=validates, status=TrailStatus(is_logging, **status))]


def hours(place: Place) -> list[tuple[float, str]]:
    """Return (hours after the start at which it begins, verdict) of each hour, in order."""
    found = findings(place).hours
    return sorted(((hour.starts_at - START) / HOUR, hour.judged.verdict.value) for hour in found)


def verdicts(place: Place) -> list[str]:
    return [verdict for _, verdict in hours(place)]


def why(place: Place, at: float) -> str:
    """Return what is said of the hour that begins so long after the start."""
    (found,) = {str(each.judged) for each in findings(place).hours if each.starts_at == START + at * HOUR}
    return found


def breaks(place: Place) -> set[tuple[str, str]]:
    return {(found.kind, found.origin) for found in findings(place).breaks}


def test_an_hour_is_verified_when_its_digest_is_and_all_its_files_are_as_listed() -> None:
    place = place_of(delivery(4))
    assert hours(place) == [(0, "verified"), (1, "verified"), (2, "verified"), (3, "verified"), (4, "unverified")]
    assert why(place, 4) == "unverified (its digest is not delivered yet)"
    assert {judged.verdict for judged in findings(place).digests.values()} == {Verdict.VERIFIED}
    assert breaks(place) == set()


def _edit_log(made: Delivery) -> tuple[str, str]:
    made.change(made.logs[1], b"call", b"CALL")
    return "log edited", made.logs[1]


def _cut_log(made: Delivery) -> tuple[str, str]:
    cut(made, made.logs[1])
    return "log edited", made.logs[1]


def _swap_log(made: Delivery) -> tuple[str, str]:
    made.files[made.logs[1]] = made.files[made.logs[3]]
    return "log edited", made.logs[1]


def _delete_log(made: Delivery) -> tuple[str, str]:
    del made.files[made.logs[1]]
    return "log missing", made.logs[1]


def _edit_digest(made: Delivery) -> tuple[str, str]:
    made.change(made.digests[2], b'"oldestEventTime": null', b'"oldestEventTime": "x" ')
    return "digest edited", made.digests[2]


def _cut_digest(made: Delivery) -> tuple[str, str]:
    cut(made, made.digests[2])
    return "digest edited", made.digests[2]


def _delete_digest(made: Delivery) -> tuple[str, str]:
    del made.files[made.digests[2]]
    return "digest missing", made.digests[2]


def _replace_digest(made: Delivery) -> tuple[str, str]:
    key = made.digests[2]
    made.put_digest(key, json.loads(gunzip(made.files[key].blob)) | {"logFiles": []})
    return "previous hash mismatch", key


@pytest.mark.parametrize(
    "tamper",
    [_edit_log, _cut_log, _swap_log, _delete_log, _edit_digest, _cut_digest, _delete_digest, _replace_digest],
)
def test_what_was_done_to_an_hour_breaks_it_and_is_named(tamper: Callable[[Delivery], tuple[str, str]]) -> None:
    made = delivery(6)
    kind, key = tamper(made)
    place = place_of(made, hours=6)
    assert (kind, origin(key)) in breaks(place)
    assert (2, "broken") in hours(place)
    assert {at for at, verdict in hours(place) if verdict == "broken"} <= {1, 2}


def test_two_deleted_digests_in_a_row_are_two_hours() -> None:
    made = delivery(8)
    gone = made.digests[3:5]
    for key in gone:
        del made.files[key]
    place = place_of(made, hours=8)
    assert {("digest missing", origin(key)) for key in gone} <= breaks(place)
    assert {(3, "broken"), (4, "broken")} <= set(hours(place))


def test_a_planted_file_breaks_its_hour() -> None:
    made = delivery(4)
    made.log(START + 2.5 * HOUR, "planted")
    place = place_of(made)
    assert breaks(place) == {("log unlisted", origin(made.logs[-1]))}
    assert (2, "broken") in hours(place)


def test_a_newest_digest_that_is_overdue_breaks_the_time_since() -> None:
    made = delivery(4)
    place = place_of(made, hours=7)
    assert breaks(place) == {("tail cut off", origin(made.digests[-1]))}
    assert why(place, 4).startswith("broken (tail cut off")


@pytest.mark.parametrize(
    ("trail", "said"),
    [
        (trails(validates=False), "log file validation is off"),
        (trails(is_logging=False, stopped_at=START + 4.5 * HOUR), "logging was stopped at 2026-11-20T12:30:00Z"),
    ],
)
def test_a_trail_that_was_stopped_delivers_no_more_digests(trail: list[Trail], said: str) -> None:
    place = place_of(delivery(4), hours=9, trails=trail)
    assert breaks(place) == set()
    assert why(place, 4) == f"unverified ({said})"


def test_a_stop_long_after_the_last_digest_does_not_excuse_it() -> None:
    stopped = trails(is_logging=False, stopped_at=START + 8 * HOUR)
    assert why(place_of(delivery(4), hours=9, trails=stopped), 4).startswith("broken (tail cut off")


def test_a_chain_that_begins_anew_leaves_the_time_between_broken_and_the_rest_verified() -> None:
    made = delivery(2)
    made.restart()
    made.digest(START + 9 * HOUR)
    place = place_of(made, hours=9)
    assert hours(place) == [(0, "verified"), (1, "verified"), (2, "broken"), (8, "verified"), (9, "unverified")]


def test_without_keys_nothing_is_verified_and_an_edit_is_still_found() -> None:
    made = delivery(4)
    made.change(made.logs[1], b"call", b"CALL")
    place = place_of(made, keys=None, no_keys="cloudtrail:ListPublicKeys denied")
    assert verdicts(place) == ["unverified", "unverified", "broken", "unverified", "unverified"]
    assert why(place, 0) == "unverified (cloudtrail:ListPublicKeys denied)"


def test_an_hour_waits_for_the_log_files_that_were_not_read() -> None:
    made = delivery(4)
    place = place_of(made, files={origin(made.digests[2]): Files(5, waiting=2)})
    assert why(place, 2) == "unverified (2 of the 5 log files that its digest lists are not read yet)"


def test_a_digest_that_could_not_be_read_leaves_its_hour_and_files_unverified() -> None:
    made = delivery(6)
    key = made.digests[2]
    del made.files[key]
    name = digest_name(key)
    assert name is not None
    unread = Unopened(key, name, "AccessDenied s3:GetObject", is_damaged=False)
    place = place_of(made, hours=6, unopened=[unread])
    assert breaks(place) == set()
    assert (2, "unverified") in hours(place)
    assert "AccessDenied s3:GetObject" in str(findings(place).digests[origin(key)])


def unread_log(at: datetime) -> LogFile:
    name = f"111122223333_CloudTrail_eu-west-1_{at:%Y%m%dT%H%MZ}_x.json.gz"
    return LogFile(origin(f"AWSLogs/111122223333/CloudTrail/eu-west-1/{at:%Y/%m/%d}/{name}"), at, "ab")


NEVER: dict[str, Any] = {"digests": (), "files": {}, "wrong": (), "first_at": None, "last_at": None}


@pytest.mark.parametrize(
    ("at", "changes", "text"),
    [
        (-9, {}, "unverified (it is from before the first digest)"),
        (4.1, {}, "unverified (its digest is not delivered yet)"),
        (2.5, {"problem": "denied s3:ListBucket"}, "unverified (the digests could not be read: denied s3:ListBucket)"),
        (2.5, NEVER, "unverified (there are no digests, and whether log file validation is on is not known)"),
        (2.5, NEVER | {"trails": []}, "unverified (there are no digests, and whether log file validation is on is not"),
        (2.5, NEVER | {"trails": trails(validates=False)}, "unverified (log file validation is off)"),
        (4.0, NEVER | {"trails": trails()}, "unverified (its digest is not delivered yet)"),
        (-9, NEVER | {"trails": trails()}, "unverified (there are no digests of that time)"),
        (1.0, NEVER | {"trails": trails(latest_digest_at=START + 4 * HOUR)}, "broken (no digests: "),
        (
            -40,
            NEVER | {"trails": trails(latest_digest_at=START + 4 * HOUR)},
            "unverified (there are no digests of that",
        ),
        (2.5, {}, "broken (log unlisted: "),
        (2.5, {"trails": trails()}, "broken (log unlisted: "),
        (2.5, {"trails": trails() + trails(validates=False)}, "unverified (no digest lists it, and of a trail that "),
    ],
    ids=range(13),
)
def test_a_file_that_no_digest_lists_says_why(at: float, changes: dict[str, Any], text: str) -> None:
    place = place_of(delivery(4), hours=4.5, **({"unlisted": [unread_log(START + at * HOUR)]} | changes))
    (hour,) = [each for each in findings(place).hours if not each.chain]
    assert str(hour.judged).startswith(text)


def test_older_digests_that_a_lifecycle_rule_took_with_their_files_are_no_break() -> None:
    made = delivery(6)
    for key in [*made.digests[:3], *made.logs[:2]]:
        del made.files[key]
    place = place_of(made, hours=6)
    assert breaks(place) == set()
    assert why(place, 2) == "unverified (digests of before are not there any more)"


def test_the_oldest_digest_is_missed_while_its_log_files_are_there() -> None:
    made = delivery(6)
    for key in made.digests[:3]:
        del made.files[key]
    assert ("digest missing", origin(made.digests[2])) in breaks(place_of(made, hours=6))


def test_only_the_hours_that_are_asked_for_are_told() -> None:
    made = delivery(8)
    made.change(made.logs[0], b"call", b"CALL")
    made.change(made.logs[4], b"call", b"CALL")
    place = place_of(made, hours=8, start=START + 4 * HOUR, end=START + 7 * HOUR)
    assert hours(place) == [(3, "verified"), (4, "verified"), (5, "broken")]
    assert breaks(place) == {("log edited", origin(made.logs[4]))}


def test_several_trails_are_judged_apart() -> None:
    one, other = delivery(4), delivery(4, trail="another_trail")
    other.change(other.logs[1], b"call", b"CALL")
    both = place_of(one)
    second = place_of(other)
    place = replace(
        both, digests=[*both.digests, *second.digests], files={**both.files, **second.files}, wrong=second.wrong
    )
    broken = [hour.trail for hour in findings(place).hours if hour.judged.verdict is Verdict.BROKEN]
    assert broken == ["another_trail (eu-central-1)"]


def test_a_digest_that_lies_about_its_time_is_judged_by_its_name() -> None:
    made = delivery(2)
    made.digest(START + 3 * HOUR, digestStartTime="2013-01-01T00:00:00Z", digestEndTime="2999-12-31T23:59:59Z")
    place = place_of(made, hours=3)
    assert (2, "broken") in hours(place)
    assert timedelta(hours=1) in {hour.ends_at - hour.starts_at for hour in findings(place).hours}
