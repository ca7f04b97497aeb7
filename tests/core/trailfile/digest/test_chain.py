import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.errors import InvalidInput
from app.core.trailfile.digest.breaks import Break, BreakKind
from app.core.trailfile.digest.chain import Stored, check_chain, opened, signed_between, tail_break
from app.core.trailfile.digest.names import digest_name
from app.core.trailfile.digest.signing import PublicKey
from tests.builders.digests import BUCKET, HOUR, START, Delivery, delivery, key_of

KEYS = [key_of(0)]


def breaks(
    made: Delivery, *, is_in_bucket: bool = True, keys: Sequence[PublicKey] | None = KEYS, **options: Any
) -> Any:
    report = check_chain(made.opened(is_in_bucket=is_in_bucket), keys=keys, **options)
    return [(found.kind, found.where) for found in report.breaks]


def body(made: Delivery, key: str) -> Any:
    return json.loads(gzip.decompress(made.files[key].blob))


def test_a_whole_chain_has_no_break_and_is_signed() -> None:
    report = check_chain(delivery(4).opened()[::-1], keys=KEYS)
    assert (report.breaks, report.signed, report.unsigned) == ((), 4, 0)
    assert (report.starts_at, report.ends_at) == (START, START + 4 * HOUR)


def test_without_metadata_the_next_digest_knows_the_signature() -> None:
    report = check_chain(delivery(4).opened(is_in_bucket=False), keys=KEYS)
    assert (report.breaks, report.signed, report.unsigned) == ((), 3, 1)


def test_without_keys_every_digest_is_unsigned() -> None:
    report = check_chain(delivery(4).opened(), keys=None)
    assert (report.breaks, report.signed, report.unsigned) == ((), 0, 4)


def test_keys_may_change_along_a_chain() -> None:
    made = delivery(2)
    made.digest(START + 3 * HOUR, signer=1)
    made.digest(START + 4 * HOUR, signer=1)
    assert breaks(made, keys=[key_of(0), key_of(1)]) == []


def test_it_names_an_edited_digest_once() -> None:
    made = delivery(4)
    made.change(made.digests[1], b'"newestEventTime": null', b'"newestEventTime": "x" ')
    assert breaks(made) == [(BreakKind.DIGEST_EDITED, made.digests[1])]


def test_without_keys_the_next_digests_hash_tells_of_the_edit() -> None:
    made = delivery(4)
    made.change(made.digests[1], b'"newestEventTime": null', b'"newestEventTime": "x" ')
    assert breaks(made, keys=None) == [(BreakKind.PREVIOUS_HASH, made.digests[1])]


def test_the_newest_digest_is_held_by_its_signature() -> None:
    made = delivery(4)
    made.change(made.digests[3], b'"newestEventTime": null', b'"newestEventTime": "x" ')
    assert breaks(made) == [(BreakKind.SIGNATURE_WRONG, made.digests[3])]


def test_a_digest_that_was_replaced_by_another_signed_one_is_found() -> None:
    made = delivery(4)
    made.put_digest(made.digests[1], body(made, made.digests[1]) | {"logFiles": []})
    kinds = [(BreakKind.PREVIOUS_HASH, made.digests[1]), (BreakKind.PREVIOUS_SIGNATURE, made.digests[1])]
    assert breaks(made) == kinds


def test_it_tells_a_changed_signature_from_a_changed_digest() -> None:
    made = delivery(4)
    made.sign_with(made.digests[1], signature="00" * 256)
    kinds = [(BreakKind.SIGNATURE_WRONG, made.digests[1]), (BreakKind.PREVIOUS_SIGNATURE, made.digests[1])]
    assert breaks(made) == kinds


def test_an_object_without_its_signature_is_a_break() -> None:
    made = delivery(4)
    made.sign_with(made.digests[1], signature=None)
    assert breaks(made) == [(BreakKind.SIGNATURE_MISSING, made.digests[1])]


def test_it_names_a_digest_that_is_gone() -> None:
    made = delivery(4)
    del made.files[made.digests[1]]
    assert breaks(made) == [(BreakKind.DIGEST_MISSING, made.digests[1])]


def test_it_says_between_which_times_nothing_is_proven() -> None:
    made = delivery(6)
    del made.files[made.digests[2]], made.files[made.digests[3]]
    found = next(one for one in check_chain(made.opened(), keys=KEYS).breaks if one.where == made.digests[3])
    assert "between 2026-11-20T10:00:00Z and 2026-11-20T12:00:00Z" in found.what


@pytest.mark.parametrize("n", [2, 3, 5])
def test_digests_that_are_gone_in_a_row_are_named_one_by_one(n: int) -> None:
    made = delivery(9)
    gone = made.digests[2 : 2 + n]
    for key in gone:
        del made.files[key]
    assert sorted(breaks(made)) == [(BreakKind.DIGEST_MISSING, key) for key in gone]


def test_one_of_those_in_a_row_may_be_there_and_unreadable() -> None:
    made = delivery(9)
    unread = made.digests[3]
    for key in made.digests[2:6]:
        del made.files[key]
    missing = [made.digests[2], made.digests[4], made.digests[5]]
    assert sorted(breaks(made, unopened=[unread])) == [(BreakKind.DIGEST_MISSING, key) for key in missing]


@pytest.mark.parametrize("n", [1, 3])
def test_what_is_gone_before_a_damaged_digest_is_named_though_nothing_else_would_name_it(n: int) -> None:
    made = delivery(9)
    gone, damaged = made.digests[2 : 2 + n], made.digests[2 + n]
    for key in (*gone, damaged):
        del made.files[key]
    told = breaks(made, unopened=[damaged], damaged=[damaged])
    assert sorted(told) == [(BreakKind.DIGEST_MISSING, key) for key in gone]


def test_those_gone_in_a_row_behind_the_first_are_named_one_by_one_though_the_first_is_damaged() -> None:
    made = delivery(9)
    damaged, *gone = made.digests[:4]
    for key in (damaged, *gone):
        del made.files[key]
    told = breaks(made, unopened=[damaged], damaged=[damaged])
    assert sorted(told) == [(BreakKind.DIGEST_MISSING, key) for key in gone]


def test_a_damaged_digest_whose_neighbours_are_there_tells_of_none_that_is_gone() -> None:
    made = delivery(9)
    damaged = made.digests[0:2] + made.digests[4:6] + made.digests[8:]
    for key in damaged:
        del made.files[key]
    assert breaks(made, unopened=damaged, damaged=damaged) == []


def test_digests_that_come_at_odd_minutes_are_counted_by_hours() -> None:
    made = Delivery()
    for hour, minutes in enumerate((0, 3, -2, 4, 1)):
        made.digest(START + (hour + 1) * HOUR + timedelta(minutes=minutes))
    for key in made.digests[1:4]:
        del made.files[key]
    assert len(breaks(made)) == 3


def test_a_chain_that_claims_centuries_of_digests_is_not_followed_for_ever() -> None:
    made = Delivery()
    made.digest(datetime(2013, 1, 1, 1, tzinfo=UTC))
    made.digest(START)
    gone = made.digest(START + HOUR)
    made.digest(START + 2 * HOUR)
    del made.files[gone], made.files[made.digests[1]]
    assert len(check_chain(made.opened(), keys=KEYS).breaks) < 20_000


def test_it_misses_the_oldest_digest_too() -> None:
    made = delivery(4)
    del made.files[made.digests[0]]
    assert breaks(made) == [(BreakKind.DIGEST_MISSING, made.digests[0])]


def test_older_digests_may_be_left_out_on_purpose() -> None:
    made = delivery(4)
    del made.files[made.digests[0]]
    assert breaks(made, since=START + HOUR) == []
    assert breaks(made, since=START + HOUR - timedelta(seconds=1)) != []


def test_a_digest_that_is_there_and_cannot_be_read_is_not_missing() -> None:
    made = delivery(4)
    del made.files[made.digests[1]]
    assert breaks(made, unopened=[made.digests[1]]) == []


def test_a_chain_that_begins_anew_proves_nothing_of_the_time_between() -> None:
    made = delivery(2)
    made.restart()
    key = made.digest(START + 9 * HOUR)
    (found,) = check_chain(made.opened(), keys=KEYS).breaks
    assert (found.kind, found.where) == (BreakKind.CHAIN_RESTARTED, key)
    assert "between 2026-11-20T10:00:00Z and 2026-11-20T16:00:00Z" in found.what


def test_two_digests_cannot_follow_the_same_one() -> None:
    made = delivery(3)
    twin = body(made, made.digests[2])
    key = made.digests[2].replace("T110000Z", "T113000Z")
    made.put_digest(key, twin | {"digestS3Object": key, "digestEndTime": "2026-11-20T11:30:00Z"})
    made.digests.append(key)
    assert breaks(made) == [(BreakKind.CHAIN_FORKED, key)]


@pytest.mark.parametrize("changes", [{"digestS3Bucket": "other"}, {"digestS3Object": "AWSLogs/elsewhere.json.gz"}])
def test_a_digest_belongs_where_it_was_delivered(changes: dict[str, str]) -> None:
    made = delivery(2)
    key = made.digest(START + 3 * HOUR, **changes)
    assert breaks(made) == [(BreakKind.DIGEST_MISPLACED, key)]


def test_a_copy_may_lie_under_any_folder_of_the_disk() -> None:
    made = delivery(4, prefix="deep/in/")
    assert breaks(made, is_in_bucket=False) == []
    moved = delivery(2)
    key = moved.digest(START + 3 * HOUR, digestS3Object="AWSLogs/elsewhere.json.gz")
    assert breaks(moved, is_in_bucket=False) == [(BreakKind.DIGEST_MISPLACED, key)]


@pytest.mark.parametrize("changes", [{"awsAccountId": "999988887777"}, {"digestEndTime": "2026-11-20T11:00:01Z"}])
def test_the_name_of_a_digest_is_not_another_ones(changes: dict[str, str]) -> None:
    made = delivery(2)
    key = made.digest(START + 3 * HOUR, **changes)
    assert breaks(made) == [(BreakKind.DIGEST_MISPLACED, key)]


def test_it_names_a_public_key_that_cloudtrail_does_not_have() -> None:
    made = delivery(1)
    key = made.digest(START + 2 * HOUR, signer=1)
    assert breaks(made) == [(BreakKind.KEY_UNKNOWN, key)]


def test_a_public_key_of_another_time_is_none() -> None:
    made = delivery(2)
    old = key_of(0, end=START + timedelta(minutes=30))
    assert breaks(made, keys=[old]) == [(BreakKind.KEY_UNKNOWN, made.digests[1])]


@pytest.mark.parametrize(
    "changes", [{"digestSignatureAlgorithm": "SHA1withRSA"}, {"previousDigestHashAlgorithm": "MD5"}]
)
def test_it_takes_no_other_algorithm(changes: dict[str, str]) -> None:
    made = delivery(2)
    key = made.digest(START + 3 * HOUR, **changes)
    assert breaks(made) == [(BreakKind.ALGORITHM_WRONG, key)]


def test_the_algorithm_in_the_metadata_counts_as_well() -> None:
    made = delivery(2)
    made.sign_with(made.digests[1], signature_algorithm="none")
    assert breaks(made) == [(BreakKind.ALGORITHM_WRONG, made.digests[1])]


def backfilled() -> Delivery:
    made = Delivery()
    for hour in (1, 2, 3):
        made.digest(START + hour * HOUR, backfill=True)
    return made


def test_backfill_is_not_missed_hour_by_hour() -> None:
    made = Delivery()
    for hour in (1, 9, 20):
        made.digest(START + hour * HOUR, backfill=True)
    gone = made.digests[1]
    del made.files[gone]
    assert breaks(made) == [(BreakKind.DIGEST_MISSING, gone)]
    assert breaks(made, unopened=[gone], damaged=[gone]) == []


def test_backfill_has_a_key_of_the_time_it_was_generated_at() -> None:
    made = backfilled()
    late = key_of(0, start=START + 2 * HOUR, end=START + 9 * HOUR)
    assert breaks(made, keys=[late]) == []
    assert signed_between(made.opened()[0]) == (START + HOUR, START + 3 * HOUR)
    assert breaks(made, keys=[key_of(0, end=START + timedelta(minutes=59))]) == [
        (BreakKind.KEY_UNKNOWN, key) for key in made.digests
    ]


def test_backfill_without_the_time_it_was_generated_at_is_a_break() -> None:
    made = backfilled()
    made.sign_with(made.digests[1], backfill_generation_timestamp=None)
    assert breaks(made) == [(BreakKind.SIGNATURE_MISSING, made.digests[1])]


def test_a_time_that_is_none_is_that_of_the_digest() -> None:
    made = backfilled()
    made.sign_with(made.digests[0], backfill_generation_timestamp="yesterday")
    assert signed_between(made.opened()[0])[0] == START


def test_the_digest_before_may_lie_in_another_bucket() -> None:
    made = delivery(2)
    made.restart()
    other = Delivery()
    key = other.digest(
        START + 9 * HOUR,
        previousDigestS3Bucket="older-bucket",
        previousDigestS3Object=made.digests[1],
        previousDigestHashAlgorithm="SHA-256",
    )
    (found,) = check_chain(other.opened(), keys=KEYS).breaks
    assert found.where == f"s3://older-bucket/{made.digests[1]}"
    assert key in found.what


def test_digests_come_each_hour() -> None:
    digests = delivery(4).opened()
    assert tail_break(digests, START + 6 * HOUR) is None
    found = tail_break(digests, START + 6 * HOUR + timedelta(seconds=1))
    assert found is not None
    assert (found.kind, found.where) == (BreakKind.TAIL_CUT_OFF, digests[-1].key)


def test_backfill_comes_when_it_comes() -> None:
    assert tail_break(backfilled().opened(), START + 900 * HOUR) is None


def test_what_does_not_open_was_edited() -> None:
    made = delivery(1)
    key = made.digests[0]
    found = opened(key, BUCKET, Stored(made.files[key].blob[:-1], {}))
    assert isinstance(found, Break)
    assert found.kind is BreakKind.DIGEST_EDITED
    empty = opened(key, BUCKET, Stored(gzip.compress(b"{}"), {}))
    assert isinstance(empty, Break)
    assert empty.kind is BreakKind.DIGEST_EDITED


@pytest.mark.parametrize("year", ["0001", "2012", "9999"])
def test_times_that_nobody_can_reckon_with_are_no_digest(year: str) -> None:
    made = delivery(2)
    key = made.digest(START + 3 * HOUR, digestEndTime=f"{year}-12-31T23:59:59Z")
    found = opened(key, BUCKET, made.files[key])
    assert isinstance(found, Break)
    assert found.kind is BreakKind.DIGEST_EDITED
    assert digest_name(key.replace("_20261120T", f"_{year}1120T")) is None


@pytest.mark.parametrize("generated", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_a_time_of_generation_that_nobody_can_reckon_with_tells_nothing(generated: str) -> None:
    made = backfilled()
    made.sign_with(made.digests[0], backfill_generation_timestamp=generated)
    assert signed_between(made.opened()[0])[0] == START


def test_only_digests_are_opened() -> None:
    with pytest.raises(InvalidInput):
        opened("AWSLogs/x.json.gz", BUCKET, Stored(b"", {}))
