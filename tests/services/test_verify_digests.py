import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app import clock
from app.core.errors import InvalidInput
from app.core.trailfile.digest.breaks import Break
from app.core.trailfile.gunzip import UnreadableFile, gunzip
from app.services.verify_digests import Stretch, Unread, Verified, verify_bucket, verify_paths
from tests.builders.archive import MEMBER, Archive
from tests.builders.digests import HOUR, START, Delivery, delivery, key_of
from tests.builders.polling import aws_settings

KEYS = [key_of(0)]


def on_disk(folder: Path, **options: Any) -> tuple[Verified, list[tuple[str, str]]]:
    found: list[tuple[str, str]] = []

    def tell(one: Break | Unread) -> None:
        found.append((one.kind.value if isinstance(one, Break) else "unread", one.where))

    wanted = {"keys": KEYS, "stretch": Stretch(), "tell": tell} | options
    return verify_paths([folder], **wanted), found


# ---------------------------------------------------------------- on disk


def test_a_whole_copy_has_no_break(tmp_path: Path) -> None:
    done, found = on_disk(delivery(6).write(tmp_path))
    assert found == []
    assert (done.digests, done.signed, done.unsigned, done.log_files) == (6, 6, 0, 5)
    assert (done.first, done.last) == ("2026-11-20T08:00:00Z", "2026-11-20T14:00:00Z")


def test_without_metadata_only_the_newest_digest_is_unsigned(tmp_path: Path) -> None:
    done, found = on_disk(delivery(6).write(tmp_path, metadata=False))
    assert (found, done.signed, done.unsigned) == ([], 5, 1)


def test_without_keys_the_hashes_are_checked_and_nothing_counts_as_signed(tmp_path: Path) -> None:
    done, found = on_disk(delivery(6).write(tmp_path), keys=None)
    assert (found, done.signed, done.unsigned) == ([], 0, 6)


def test_a_log_file_over_the_limit_is_unread_and_no_break(tmp_path: Path) -> None:
    made = delivery(6)
    made.change(made.logs[0], b"[", b"[" + b" " * 20_000)
    done, found = on_disk(made.write(tmp_path), limit=10_000)
    assert found == [("unread", made.logs[0])]
    assert (done.breaks, done.unread) == (0, 1)


def test_it_names_each_break_on_its_own(tmp_path: Path) -> None:
    made = delivery(6)
    made.change(made.logs[0], b"call", b"CALL")
    del made.files[made.logs[2]]
    made.log(START + 2.5 * HOUR, "planted")
    _, found = on_disk(made.write(tmp_path))
    assert sorted(found) == [
        ("log edited", made.logs[0]),
        ("log missing", made.logs[2]),
        ("log unlisted", made.logs[5]),
    ]


def test_a_planted_file_whose_name_has_no_time_is_unlisted_where_every_digest_was_read(tmp_path: Path) -> None:
    made = delivery(4)
    planted = f"{made.logs[1].rpartition('/')[0]}/zzz.json.gz"
    made.files[planted] = made.files[made.logs[1]]
    made.write(tmp_path)
    _, found = on_disk(tmp_path)
    assert found == [("log unlisted", planted)]


def test_digests_that_are_gone_leave_their_logs_unlisted(tmp_path: Path) -> None:
    made = delivery(6)
    del made.files[made.digests[2]]
    _, found = on_disk(made.write(tmp_path))
    assert found == [("digest missing", made.digests[2]), ("log unlisted", made.logs[1])]


def test_the_newest_file_of_a_copy_tells_of_a_tail_that_was_cut_off(tmp_path: Path) -> None:
    made = delivery(8)
    for key in made.digests[4:]:
        del made.files[key]
    _, found = on_disk(made.write(tmp_path))
    assert found[0] == ("tail cut off", made.digests[3])
    assert ("log unlisted", made.logs[3]) in found


def test_logs_of_before_the_first_digest_are_counted_apart(tmp_path: Path) -> None:
    made = Delivery()
    made.log(START - 9 * HOUR)
    for hour in (1, 2):
        made.digest(START + hour * HOUR)
    done, found = on_disk(made.write(tmp_path))
    assert (found, done.uncovered) == ([], 1)


def test_logs_that_no_digest_is_about_are_one_break(tmp_path: Path) -> None:
    made = Delivery()
    made.log(START)
    made.log(START + HOUR)
    done, found = on_disk(made.write(tmp_path))
    assert found == [("no digests", "AWSLogs/111122223333/CloudTrail/eu-west-1/")]
    assert (done.breaks, done.first) == (1, None)


def test_several_trails_and_backfill_are_chains_of_their_own(tmp_path: Path) -> None:
    delivery(4).write(tmp_path)
    delivery(4, trail="another_trail").write(tmp_path)
    backfill = Delivery()
    backfill.digest(START + 2 * HOUR, backfill=True)
    backfill.digest(START + 3 * HOUR, backfill=True)
    done, found = on_disk(backfill.write(tmp_path))
    assert (found, done.digests, done.signed) == ([], 10, 10)


def test_a_stretch_of_time_is_whole_by_itself(tmp_path: Path) -> None:
    made = delivery(30)
    for key in [*made.digests[:5], *made.logs[:4]]:
        del made.files[key]
    made.write(tmp_path)
    _, whole = on_disk(tmp_path)
    assert whole == [("digest missing", made.digests[4])]
    done, found = on_disk(tmp_path, stretch=Stretch(since=START + 5 * HOUR))
    assert (found, done.digests) == ([], 25)
    done, found = on_disk(tmp_path, stretch=Stretch(START + 5 * HOUR, START + 10 * HOUR))
    assert (found, done.digests) == ([], 5)


def test_a_tail_is_measured_by_the_end_that_was_asked_for(tmp_path: Path) -> None:
    made = delivery(4)
    made.write(tmp_path)
    _, found = on_disk(tmp_path, stretch=Stretch(until=START + 9 * HOUR))
    assert found == [("tail cut off", made.digests[3])]


def test_newest_digests_that_cannot_be_read_are_no_tail_that_was_cut_off(tmp_path: Path) -> None:
    made = delivery(6)
    made.write(tmp_path)
    for key in made.digests[3:]:
        (tmp_path / key).unlink()
        (tmp_path / key).symlink_to(key.rpartition("/")[2])
    _, found = on_disk(tmp_path)
    assert {kind for kind, _ in found} == {"unread"}


@pytest.mark.parametrize("hour", [1, 5])
def test_log_files_of_an_outermost_digest_that_cannot_be_read_wait_for_no_other(tmp_path: Path, hour: int) -> None:
    made = delivery(6)
    del made.files[made.digests[0]]
    made.write(tmp_path)
    (tmp_path / made.digests[hour]).unlink()
    (tmp_path / made.digests[hour]).symlink_to(made.digests[hour].rpartition("/")[2])
    done, found = on_disk(tmp_path)
    assert ("unread", made.logs[hour - 1]) in found
    assert (done.uncovered, done.outstanding) == (0, 0)


def test_what_cannot_be_read_is_not_called_broken(tmp_path: Path) -> None:
    made = delivery(6)
    made.write(tmp_path)
    digest, log = made.digests[2], made.logs[4]
    for key in (digest, log):
        (tmp_path / key).unlink()
        (tmp_path / key).symlink_to(key.rpartition("/")[2])
    with pytest.raises(InvalidInput):
        on_disk(tmp_path / "nowhere")
    done, found = on_disk(tmp_path)
    assert {kind for kind, _ in found} == {"unread"}
    assert {digest, log, made.logs[1]} == {where for _, where in found}
    assert (done.breaks, done.unread) == (0, 3)


def test_it_reports_how_far_it_is(tmp_path: Path) -> None:
    shares: list[float] = []
    on_disk(delivery(4).write(tmp_path), report=lambda _done, share, _where: shares.append(share))
    assert shares == [0.25, 0.5, 0.75, 1.0]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Delivery]:
    made = delivery(4)
    return made.write(tmp_path_factory.mktemp("copy")), made


@pytest.mark.parametrize("metadata", [True, False], ids=["with metadata", "without"])
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_byte_that_changes_what_a_file_says_is_found(
    copy: tuple[Path, Delivery], data: st.DataObject, *, metadata: bool
) -> None:
    folder, made = copy
    # A copy without metadata cannot prove its newest digest: nothing follows it.
    digests = made.digests if metadata else made.digests[:-1]
    key = data.draw(st.sampled_from([*digests, *made.logs]))
    path = folder / key
    blob = bytearray(made.files[key].blob)
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(blob)
    beside = [Path(f"{folder / one}.metadata.json") for one in made.digests]
    texts = [one.read_text() for one in beside]
    try:
        if not metadata:
            for one in beside:
                one.unlink()
        done, found = on_disk(folder)
    finally:
        path.write_bytes(made.files[key].blob)
        for one, said in zip(beside, texts, strict=True):
            one.write_text(said)
    # Some bytes of a gzip header say nothing of the content, such as the time of compression.
    assert (done.breaks > 0) is not says_the_same(bytes(blob), made.files[key].blob)
    assert (key in {where for _, where in found}) is (done.breaks > 0)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_byte_of_the_content_is_found(copy: tuple[Path, Delivery], data: st.DataObject) -> None:
    folder, made = copy
    key = data.draw(st.sampled_from([*made.digests, *made.logs]))
    raw = bytearray(gzip.decompress(made.files[key].blob))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    (folder / key).write_bytes(gzip.compress(raw))
    try:
        done, _ = on_disk(folder)
    finally:
        (folder / key).write_bytes(made.files[key].blob)
    assert done.breaks > 0


def says_the_same(blob: bytes, other: bytes) -> bool:
    try:
        return gunzip(blob) == gunzip(other)
    except UnreadableFile:
        return False


# ---------------------------------------------------------------- in S3


class Trail(Archive):
    """The archive, and the verification of it."""

    def verify(self, prefix: str = f"AWSLogs/{MEMBER}/", **options: Any) -> tuple[Verified, list[tuple[str, str]]]:
        found: list[tuple[str, str]] = []

        def tell(one: Break | Unread) -> None:
            found.append((one.kind.value if isinstance(one, Break) else "unread", one.where))

        wanted = {"aws": aws_settings(self.aws), "stretch": Stretch(), "tell": tell} | options
        return verify_bucket(self.engine, self.account, self.bucket.name, prefix, **wanted), found


@pytest.fixture
def trail(aws: Any, app_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trail]:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    made = Trail(aws, app_engine)
    with made.put_back():
        yield made


def test_the_whole_archive_holds(trail: Trail) -> None:
    before = list(trail.bucket.list_keys())
    done, found = trail.verify("")
    after = list(trail.bucket.list_keys())
    assert found == []
    # The emulator logs our own calls too, and delivers their file when it is due: maybe meanwhile.
    assert len(before) <= done.digests + done.log_files + done.outstanding <= len(after)
    assert done.digests == done.signed
    assert done.digests in {sum("CloudTrail-Digest" in key for key in files) for files in (before, after)}


def test_a_prefix_may_name_one_account(trail: Trail) -> None:
    done, found = trail.verify()
    assert found == []
    assert done.digests == sum(f"AWSLogs/{MEMBER}/CloudTrail-Digest" in key for key in trail.bucket.list_keys())


def test_it_finds_all_that_was_done_to_a_bucket(trail: Trail) -> None:
    logs, digests = trail.keys("CloudTrail"), trail.keys("CloudTrail-Digest")
    trail.change(logs[0], lambda raw: raw.replace(b'"Records"', b'"records"'))
    trail.bucket.delete(logs[1])
    planted = logs[3].replace(logs[3][-24:-8], "plantedplantedpl")
    trail.aws.put_object(trail.bucket.name, planted, b"x")
    trail.change(digests[5], lambda raw: raw + b" ")
    trail.aws.put_object(trail.bucket.name, digests[20], trail.bucket.objects[digests[20]].body)
    _, found = trail.verify()
    assert sorted(found) == sorted(
        [
            ("algorithm wrong", digests[20]),
            ("digest edited", digests[5]),
            ("log edited", logs[0]),
            ("log missing", logs[1]),
            ("log unlisted", planted),
            ("signature missing", digests[20]),
        ]
    )


def test_it_finds_digests_that_were_deleted_in_the_middle_and_at_the_end(trail: Trail) -> None:
    digests = trail.keys("CloudTrail-Digest")
    for key in (digests[10], *digests[-3:]):
        trail.bucket.delete(key)
    _, found = trail.verify()
    assert ("digest missing", digests[10]) in found
    assert ("tail cut off", digests[-4]) in found
    assert {kind for kind, _ in found} <= {"digest missing", "tail cut off", "log unlisted"}


def test_a_file_that_was_copied_to_another_key_does_not_belong_there(trail: Trail) -> None:
    one, other = trail.keys("CloudTrail-Digest")[7:9]
    trail.bucket.put(other, trail.bucket.objects[one])
    _, found = trail.verify()
    assert ("digest misplaced", other) in found


def test_a_region_whose_keys_may_not_be_listed_is_unsigned_and_said_so(trail: Trail) -> None:
    trail.aws.faults({"operation": "ListPublicKeys", "error": "AccessDeniedException", "region": "eu-central-1"})
    done, found = trail.verify()
    assert ("unread", "public keys of eu-central-1") in found
    assert done.breaks == 0
    assert done.unsigned == len(trail.keys("CloudTrail-Digest"))


def test_an_object_that_may_not_be_read_is_no_break(trail: Trail) -> None:
    trail.aws.faults({"operation": "GetObject", "error": "AccessDenied", "status": 403, "times": 1})
    done, found = trail.verify()
    assert done.breaks == 0
    assert done.unread == len(found) >= 1


def test_time_may_be_given(trail: Trail) -> None:
    digests = trail.keys("CloudTrail-Digest")
    trail.bucket.delete(digests[0])
    now = clock.now()
    done, found = trail.verify(stretch=Stretch(now - timedelta(hours=12), now))
    assert found == []
    assert 0 < done.digests < len(digests)


def test_our_calls_are_counted_by_hour_and_outcome(trail: Trail) -> None:
    trail.verify()
    with trail.engine.connect() as connection:
        rows = connection.execute(text("select api, sum(n) as n from own_call where outcome = 'ok' group by api"))
        counted = {row.api: int(row.n) for row in rows}
    assert {"cloudtrail:ListPublicKeys", "s3:GetObject", "s3:ListBucket"} <= counted.keys()
    assert counted["s3:GetObject"] <= len(list(trail.bucket.list_keys(f"AWSLogs/{MEMBER}/")))


def test_a_prefix_without_files_is_refused(trail: Trail) -> None:
    with pytest.raises(InvalidInput, match="no file of CloudTrail below s3://"):
        trail.verify("AWSLogs/999999999999/")
