from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.core.integrity.place import Findings, Unopened
from app.core.integrity.verdict import Files
from app.core.model.batch import Arrival
from app.core.model.integrity import FoundBreak, Hour, Judged, PlaceKey, Verdict
from app.core.normalise.trail_file import WHOLE_FILE
from app.core.trailfile.digest.names import digest_name
from app.db.queries import digests
from app.db.queries.log_files import store_read_files
from tests.builders.accounts import make_rejected
from tests.builders.digests import ACCOUNT, BUCKET, HOUR, REGION, START, Delivery, delivery

PLACE = PlaceKey(int(ACCOUNT), f"s3://{BUCKET}/AWSLogs/{ACCOUNT}/", REGION)
NOW = START + 20 * HOUR
ALL = (START - 9 * HOUR, NOW)


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        yield connection


def store(connection: Connection, made: Delivery) -> None:
    for digest in made.opened():
        digests.store_digest(connection, PLACE, digest, NOW)


def origin(key: str) -> str:
    return f"s3://{BUCKET}/{key}"


def read(connection: Connection, key: str, sha256: str) -> None:
    store_read_files(connection, [Arrival(origin(key), int(ACCOUNT), sha256=sha256)], NOW)


def test_a_digest_comes_back_as_it_was_read_without_its_log_files(connection: Connection) -> None:
    made = delivery(4)
    store(connection, made)
    found, unopened = digests.digests_of(connection, PLACE, *ALL)
    bare = [replace(one, content=replace_files(one.content)) for one in made.opened()]
    assert sorted(found, key=lambda one: one.key) == bare
    assert unopened == []


def replace_files(content: Any) -> Any:
    return type(content)(**{name: getattr(content, name) for name in content.__struct_fields__} | {"log_files": ()})


def test_a_stretch_has_the_digest_before_of_each_chain_and_the_one_after(connection: Connection) -> None:
    one, other = delivery(9), delivery(3, trail="another")
    store(connection, one)
    store(connection, other)
    found, _ = digests.digests_of(connection, PLACE, START + 5 * HOUR, START + 6 * HOUR)
    keys = {digest.key for digest in found}
    assert {one.digests[3], one.digests[4], one.digests[5], other.digests[2]} <= keys
    assert not {one.digests[2], other.digests[1]} & keys


def test_what_does_not_open_is_kept_with_its_reason_and_asked_for_again_when_it_only_was_not_read(
    connection: Connection,
) -> None:
    made = delivery(2)
    for key, is_damaged in zip(made.digests, (True, False), strict=True):
        name = digest_name(key)
        assert name is not None
        digests.store_digest(connection, PLACE, Unopened(key, name, "why\0", is_damaged), NOW)
    assert digests.known_digests(connection, PLACE, START) == {origin(made.digests[0])}
    _, unopened = digests.digests_of(connection, PLACE, *ALL)
    assert {one.is_damaged for one in unopened} == {True, False}
    store(connection, made)
    assert digests.known_digests(connection, PLACE, START) == {origin(key) for key in made.digests}


def test_listed_files_wait_until_they_are_read_and_are_compared(connection: Connection) -> None:
    made = delivery(4)
    store(connection, made)
    origins = [origin(key) for key in made.digests]
    entries = [entry for one in made.opened() for entry in one.content.log_files]
    read(connection, made.logs[0], entries[0].hash_value)
    read(connection, made.logs[1], "00" * 32)
    assert digests.listed_files(connection, PLACE, origins) == {
        origins[1]: Files(1),
        origins[2]: Files(1),
        origins[3]: Files(1, waiting=1),
    }
    (wrong,) = digests.wrong_files(connection, PLACE, origins)
    assert (wrong.origin, wrong.digest) == (origin(made.logs[1]), origins[2])
    (waiting,) = digests.waiting_files(connection, PLACE, NOW, 1000, 9)
    assert waiting.origin == origin(made.logs[2])
    digests.mark_missing(connection, PLACE.account, [waiting.origin])
    assert {one.origin for one in digests.wrong_files(connection, PLACE, origins)} == {
        origin(made.logs[1]),
        origin(made.logs[2]),
    }
    assert digests.waiting_files(connection, PLACE, NOW, 1000, 9) == ()


@pytest.mark.parametrize(("limit", "waits"), [(1000, False), (1001, True)])
def test_a_listed_file_that_is_too_large_is_waited_for_only_under_a_higher_limit(
    connection: Connection, limit: int, *, waits: bool
) -> None:
    made = delivery(2)
    store(connection, made)
    make_rejected(connection, "too large", place=WHOLE_FILE, origin=origin(made.logs[0]), size=1001)
    assert bool(digests.waiting_files(connection, PLACE, NOW, limit, 9)) is waits


def test_a_file_that_no_digest_lists_is_told_apart(connection: Connection) -> None:
    made = delivery(3)
    made.log(START + 2.5 * HOUR)
    read(connection, made.logs[-1], "ab")
    store(connection, made)
    (found,) = digests.unlisted_files(connection, PLACE, *ALL)
    assert (found.origin, found.digest) == (origin(made.logs[-1]), None)


def test_the_first_digest_that_lists_a_file_has_it(connection: Connection) -> None:
    made = delivery(3)
    store(connection, made)
    other = Delivery(trail="another")
    key = other.digest(START + 2 * HOUR, ({"s3Bucket": BUCKET, "s3Object": made.logs[0], "hashValue": "00",
                                           "hashAlgorithm": "MD5"},))  # fmt: skip
    store(connection, other)
    assert digests.listed_files(connection, PLACE, [origin(key)]) == {}


def test_what_a_forged_digest_says_is_stored_as_text(connection: Connection) -> None:
    made = Delivery(trail="tr\0ail")
    hostile = {"s3Bucket": "b\0", "s3Object": "k\0" + "x" * 9_000, "hashValue": "\0" * 9_000, "hashAlgorithm": "\0"}
    key = made.digest(START + HOUR, (hostile, hostile | {"s3Object": "../../etc/passwd"}))
    store(connection, made)
    found, _ = digests.digests_of(connection, PLACE, *ALL)
    assert [one.content.aws_account_id for one in found] == [ACCOUNT]
    listed = digests.listed_files(connection, PLACE, [origin(key).replace("\0", "\ufffd")])
    assert [files.listed for files in listed.values()] == [2]
    hours = Findings((hour(START, chain="a\0"),), {}, ())
    digests.store_findings(connection, PLACE, *ALL, hours, NOW)
    assert stored_hours(connection) == [(START, "verified")]


def test_new_files_are_taken_on_once(connection: Connection) -> None:
    made = delivery(3)
    store(connection, made)
    (touched,) = digests.touched(connection, BUCKET, START)
    assert touched.place == PLACE
    assert touched.first_at <= START + 1.5 * HOUR
    assert touched.last_at == START + 3 * HOUR
    digests.take_new(connection, PLACE, *ALL)
    assert digests.touched(connection, BUCKET, START) == ()
    read(connection, made.logs[0], "ab")
    assert len(digests.touched(connection, BUCKET, START)) == 1
    assert digests.touched(connection, "another-bucket", START) == ()


def test_a_listed_file_is_taken_on_with_the_hour_of_its_digest_not_with_that_of_its_delivery(
    connection: Connection,
) -> None:
    made = delivery(3)
    store(connection, made)
    digests.take_new(connection, PLACE, *ALL)
    read(connection, made.logs[1], "ab")
    digests.take_new(connection, PLACE, START, START + 3 * HOUR)
    (touched,) = digests.touched(connection, BUCKET, START)
    assert touched.last_at == START + 3 * HOUR
    digests.take_new(connection, PLACE, START + 3 * HOUR, START + 4 * HOUR)
    assert digests.touched(connection, BUCKET, START) == ()


def test_a_new_file_that_no_digest_lists_is_told_when_one_should(connection: Connection) -> None:
    made = Delivery()
    made.log(START + HOUR)
    read(connection, made.logs[0], "ab")
    assert digests.touched(connection, BUCKET, START) == ()
    (touched,) = digests.touched(connection, BUCKET, START + 2 * HOUR)
    assert (touched.first_at, touched.last_at) == (START + HOUR, START + HOUR)


def test_the_places_of_a_bucket_are_those_whose_files_were_read(connection: Connection) -> None:
    assert digests.places_of(connection, BUCKET, START) == ()
    made = delivery(3)
    read(connection, made.logs[0], "ab")
    assert digests.places_of(connection, BUCKET, START) == (PLACE,)
    assert digests.places_of(connection, BUCKET, NOW) == ()


def test_the_reach_of_digests(connection: Connection) -> None:
    assert digests.reach(connection, PLACE) == digests.Reach(None, None)
    store(connection, delivery(3))
    assert digests.reach(connection, PLACE) == digests.Reach(START, START + 3 * HOUR)


def hour(at: datetime, verdict: Verdict = Verdict.VERIFIED, chain: str = "a-trail (eu-central-1)") -> Hour:
    return Hour(chain, chain, at, at + HOUR, Judged(verdict, "because\0"))


def stored_hours(connection: Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute(text("select starts_at, verdict from integrity_hour order by 1, 2"))
    return [tuple(row) for row in rows]


def test_verdicts_take_the_place_of_those_before_within_their_stretch_alone(connection: Connection) -> None:
    first = Findings(tuple(hour(START + n * HOUR, Verdict.BROKEN) for n in range(4)), {}, ())
    digests.store_findings(connection, PLACE, *ALL, first, NOW)
    # By the hour's end: the one before the stretch ends where it begins.
    again = Findings((hour(START + HOUR),), {}, ())
    digests.store_findings(connection, PLACE, START + 2 * HOUR, START + 4 * HOUR, again, NOW)
    assert stored_hours(connection) == [
        (START, "broken"),
        (START + HOUR, "verified"),
        (START + 3 * HOUR, "broken"),
    ]


def test_of_two_verdicts_over_one_hour_the_worse_stays(connection: Connection) -> None:
    both = Findings((hour(START, Verdict.BROKEN), hour(START)), {}, ())
    digests.store_findings(connection, PLACE, *ALL, both, NOW)
    assert stored_hours(connection) == [(START, "broken")]


def test_breaks_stay_since_they_were_found_and_go_when_they_are_mended(connection: Connection) -> None:
    one, other = (FoundBreak(origin(name), "log edited", "what\0", START) for name in "ab")
    digests.store_findings(connection, PLACE, *ALL, Findings((), {}, (one, other, one)), NOW)
    digests.store_findings(connection, PLACE, *ALL, Findings((), {}, (one,)), NOW + timedelta(hours=1))
    rows = connection.execute(text("select origin, found_at from integrity_break")).all()
    assert [tuple(row) for row in rows] == [(origin("a"), NOW)]


def test_a_digest_keeps_what_was_found_of_it(connection: Connection) -> None:
    made = delivery(1)
    store(connection, made)
    judged = {origin(made.digests[0]): Judged(Verdict.UNVERIFIED, "no keys")}
    digests.store_findings(connection, PLACE, *ALL, Findings((), judged, ()), NOW)
    row = connection.execute(text("select verdict, why from digest")).one()
    assert tuple(row) == ("unverified", "no keys")
