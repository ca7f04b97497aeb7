import gzip
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from app.core.model.batch import Rejected
from app.core.model.event import ActorKind
from app.core.normalise.record import Place
from app.core.normalise.trail_file import WHOLE_FILE, arrival_of_file, arrival_of_record, time_of_record
from tests.builders.trail import assume_role_record, compact, kvs_record, log_file, log_text, other_record

KEY = "s3://b/AWSLogs/999988887777/CloudTrail/eu-west-1/2026/11/01/999988887777_CloudTrail_eu-west-1_20261101T1015Z_a.json.gz"


def test_it_returns_what_is_stored_of_a_file():
    stop = other_record(1, eventSource="cloudtrail.amazonaws.com", eventName="StopLogging")
    attach = other_record(2, eventSource="iam.amazonaws.com", eventName="AttachRolePolicy")
    file = log_file(other_record(), attach, kvs_record(), assume_role_record(), stop)
    found = arrival_of_file(file, "a.json.gz")
    assert [record.event.action for record in found.records] == ["GetMedia", "StopLogging", "AttachRolePolicy"]
    assert [record.raw for record in found.records] == [compact(kvs_record()), compact(stop), compact(attach)]
    assert (found.total, found.kvs, len(found.sessions), found.rejected) == (5, 1, 1, ())


def test_a_record_that_cannot_be_stored_is_rejected_and_the_rest_goes_on():
    file = log_file(kvs_record(1, eventTime=None), kvs_record(2), assume_role_record(eventTime="?"))
    found = arrival_of_file(file, "a.json.gz")
    assert len(found.records) == 1
    assert [rejected.place for rejected in found.rejected] == ["record 1", "record 3"]
    assert b"EXAMPLETOKEN" not in found.rejected[1].raw


def test_the_key_tells_the_account_and_region_that_an_old_record_lacks():
    old = kvs_record(recipientAccountId=..., awsRegion=...)
    (record,) = arrival_of_file(log_file(old), KEY).records
    assert (record.event.account, record.event.region) == (999988887777, "eu-west-1")


@pytest.mark.parametrize("before", [b"", b" ", b"\xef\xbb\xbf"], ids=["nothing", "white space", "BOM"])
def test_it_reads_a_file_that_is_not_compressed(before):
    assert arrival_of_file(before + log_text(kvs_record()), "a.json").kvs == 1


@pytest.mark.parametrize("blob", [b"", b"hello", log_file(kvs_record())[:-9]], ids=["empty", "text", "truncated"])
def test_a_file_that_cannot_be_read_is_one_rejection_with_its_reason(blob):
    found = arrival_of_file(blob, KEY)
    (rejected,) = found.rejected
    assert (rejected.place, rejected.raw, found.account, found.total) == (WHOLE_FILE, b"", 999988887777, 0)
    assert rejected.reason


@pytest.mark.parametrize("blob", [log_text(kvs_record()), gzip.compress(log_text(kvs_record()))], ids=["plain", "gzip"])
def test_a_file_over_the_limit_is_rejected(blob):
    (rejected,) = arrival_of_file(blob, "a", limit=100).rejected
    assert "limit" in rejected.reason


def test_one_record_on_its_own_is_read_like_one_in_a_file():
    found = arrival_of_record(compact(kvs_record()), "lookup_events", Place(1))
    assert found.records == arrival_of_file(log_file(kvs_record()), "lookup_events").records


@pytest.mark.parametrize("raw", [b"", b"null", compact(kvs_record())[:-9], compact(kvs_record(eventTime=None))])
def test_a_record_on_its_own_that_is_rejected_is_named_by_when_it_was(raw):
    at = datetime(2026, 11, 22, 13, 5, tzinfo=timezone(timedelta(hours=1)))
    (rejected,) = arrival_of_record(raw, "lookup_events", Place(1), at).rejected
    assert rejected.place == "record of 2026-11-22T12:05:00Z"
    assert time_of_record(rejected.place) == at


@pytest.mark.parametrize("place", [WHOLE_FILE, "record 17", "byte 20481", "record of yesterday"])
def test_other_places_do_not_tell_when_a_record_was(place):
    assert time_of_record(place) is None


def test_a_path_that_is_no_text_is_still_named():
    assert arrival_of_file(b"", "\udcff.gz").origin == "\ufffd.gz"


def test_a_rejection_of_the_extraction_is_passed_on():
    found = arrival_of_file(log_text(kvs_record())[:-40], "a.json")
    assert all(isinstance(rejected, Rejected) for rejected in found.rejected)
    assert found.rejected


GENERATOR = Path(__file__).resolve().parents[3].parent / "shared" / "tools" / "trailgen" / "trailgen.py"
TORTURE = ("--target-mb", "8", "--odd-share", "0.1", "--hostile-share", "0.2", "--dup-share", "0.05")


@pytest.mark.skipif(not GENERATOR.is_file(), reason=f"the generator of CloudTrail files is not at {GENERATOR}")
@pytest.mark.parametrize("seed", [7, 8])
def test_it_finds_what_a_generator_of_odd_and_hostile_files_says_is_in_them(tmp_path, seed):
    subprocess.run([sys.executable, GENERATOR, "--out", tmp_path, "--seed", str(seed), *TORTURE], check=True)
    truth = json.loads((tmp_path / "truth.json").read_text())
    wanted = [json.loads(line) for line in (tmp_path / "truth_kvs.jsonl").read_text().splitlines()]

    arrivals = [arrival_of_file(path.read_bytes(), str(path)) for path in sorted(tmp_path.rglob("*.json.gz"))]
    calls = [record.event for found in arrivals for record in found.records if "kinesisvideo" in record.event.source]

    assert sum(found.total for found in arrivals) == truth["records"]
    assert not any(found.rejected for found in arrivals)
    assert (len(calls), len({call.event_id for call in calls})) == (truth["kvs_records"], truth["kvs_distinct"])
    assert sum(len(found.sessions) for found in arrivals) == truth["sts_assume_records"]
    assert {(call.event_id, call.action, f"{call.event_time:%Y-%m-%dT%H}") for call in calls} == {
        (event_id, action, hour) for event_id, _, action, hour, _ in wanted
    }
    users = {event_id: principal for event_id, principal, *_ in wanted if principal and ":user/" in principal}
    assert users == {call.event_id: call.actor.principal for call in calls if call.actor.kind is ActorKind.USER}


@pytest.mark.parametrize(
    ("raw", "reason"), [(b"", "empty"), (b" ", "empty"), (b"null", "not a JSON object"), (b"7", "not a JSON object")]
)
def test_a_record_on_its_own_that_is_none_is_rejected_with_its_reason(raw, reason):
    found = arrival_of_record(raw, "lookup_events")
    assert found.total == 1
    assert [(one.place, one.raw) for one in found.rejected] == [("record 1", raw)]
    assert reason in found.rejected[0].reason
