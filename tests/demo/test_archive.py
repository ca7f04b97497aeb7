import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.core.ledger.look import sightings_of
from app.core.model.sighting import Verdict
from app.core.normalise.trail_file import arrival_of_file
from app.demo.emulator import Emulator

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
BUCKET = "halden-cloudtrail"


@pytest.fixture(scope="module")
def archive():
    """The log files and digests of five days of the small organization, by key."""
    with Emulator(small=True, days=5, now=NOW) as aws:
        yield aws, dict(aws.world.buckets[BUCKET].objects)


def records(objects, part):
    return [
        record
        for key, stored in objects.items()
        if part in key and "/CloudTrail/" in key
        for record in json.loads(gzip.decompress(stored.body))["Records"]
    ]


def digests(objects, part):
    keys = sorted(key for key in objects if part in key and "/CloudTrail-Digest/" in key)
    return [(key, json.loads(gzip.decompress(objects[key].body))) for key in keys]


def test_an_organization_trails_files_lie_below_the_organizations_id(archive):
    _, objects = archive

    assert any(
        key.startswith(
            "AWSLogs/o-h4ld3n7k2q/590817264433/CloudTrail/eu-central-1/2026/11/22/590817264433_CloudTrail_eu-central-1_2026"
        )
        for key in objects
    )


def test_every_file_holds_records_of_its_own_account_and_region(archive):
    _, objects = archive
    for key, stored in objects.items():
        if "/CloudTrail/" not in key:
            continue
        parts = key.split("/CloudTrail/")
        account, region = parts[0].rsplit("/", 1)[-1], parts[1].split("/")[0]
        for record in json.loads(gzip.decompress(stored.body))["Records"]:
            assert (record["recipientAccountId"], record["awsRegion"]) == (account, region)


def test_the_organization_trail_has_no_media_and_the_accounts_own_has_nothing_else(archive):
    _, objects = archive

    assert {record["eventCategory"] for record in records(objects, "AWSLogs/o-h4ld3n7k2q/")} == {"Management"}
    assert {record["eventCategory"] for record in records(objects, "AWSLogs/590817264433/")} == {"Data"}


def test_while_the_trail_was_stopped_its_cameras_left_no_record(archive):
    _, objects = archive
    media = records(objects, "AWSLogs/590817264433/CloudTrail/eu-central-1/")
    during = [r for r in media if "2026-11-20T22:10:12Z" <= r["eventTime"] < "2026-11-21T04:34:12Z"]
    before = [r for r in media if "2026-11-20T16:00:00Z" <= r["eventTime"] < "2026-11-20T22:10:12Z"]

    assert during == []
    assert len(before) > 20


def test_a_selector_that_leaves_calls_out_does(archive):
    _, objects = archive

    names = {record["eventName"] for record in records(objects, "AWSLogs/590817264433/CloudTrail/eu-west-1/")}

    assert "PutMedia" in names
    assert names.isdisjoint({"GetMedia", "GetClip"})


def test_records_of_undocumented_shape_say_so(archive):
    _, objects = archive
    written = records(objects, "AWSLogs/")
    media = [record for record in written if record["eventCategory"] == "Data"]
    documented = [record for record in written if record["eventName"] == "GetDataEndpoint"]

    assert {"inferred" in record["additionalEventData"]["kvswatchDemo"] for record in media} == {True}
    assert {record["additionalEventData"]["kvswatchDemo"] for record in documented} == {"emulated"}


def test_every_record_says_that_the_demo_made_it(archive):
    _, objects = archive

    assert [
        record for record in records(objects, "AWSLogs/") if not record["additionalEventData"]["kvswatchDemo"]
    ] == []


def test_what_its_records_show_of_the_assumptions_is_marked_and_contradicts_none(archive):
    _, objects = archive
    logs = {key: stored for key, stored in objects.items() if "/CloudTrail/" in key}
    shown = sightings_of(arrival_of_file(stored.body, key).looks for key, stored in logs.items())

    assert {(one.is_emulated, one.verdict) for one in shown} == {(True, Verdict.CONFIRMS)}


def test_a_digest_lists_exactly_the_files_of_its_hour_with_their_hashes(archive):
    _, objects = archive
    listed = {}
    for _, digest in digests(objects, "AWSLogs/310045578826/CloudTrail-Digest/eu-central-1/"):
        for file in digest["logFiles"]:
            assert file["s3Object"] not in listed
            listed[file["s3Object"]] = file["hashValue"]
    delivered = {
        key: hashlib.sha256(gzip.decompress(stored.body)).hexdigest()
        for key, stored in objects.items()
        if key.startswith("AWSLogs/310045578826/CloudTrail/eu-central-1/")
        and stored.modified_at < datetime(2026, 11, 23, 9, tzinfo=UTC)
    }

    assert listed == delivered


def unlisted(objects):
    """Return the log files that no digest lists although digests of their place go on to a later hour."""
    places = {key.split("/CloudTrail/")[0] + "/CloudTrail-Digest/" for key in objects if "/CloudTrail/" in key}
    told = {place: [digest for _, digest in digests(objects, place)] for place in places}
    listed = {file["s3Object"] for found in told.values() for digest in found for file in digest["logFiles"]}
    return [
        key
        for key, stored in objects.items()
        if "/CloudTrail/" in key
        and key not in listed
        and f"{stored.modified_at:%Y-%m-%dT%H:%M:%SZ}"
        < max((d["digestEndTime"] for d in told[key.split("/CloudTrail/")[0] + "/CloudTrail-Digest/"]), default="")
    ]


def test_no_file_is_left_out_of_the_digests_because_its_trail_was_stopped(archive):
    _, objects = archive

    assert unlisted(objects) == []


def test_no_file_is_delivered_in_the_future_of_an_archive_begun_just_behind_the_hour():
    begun = datetime(2026, 11, 23, 10, 2, tzinfo=UTC)
    with Emulator(small=True, days=1, now=begun) as aws:
        delivered = [stored.modified_at for stored in aws.world.buckets[BUCKET].objects.values()]
    assert begun - timedelta(minutes=5) < max(delivered) <= begun


def test_a_file_of_a_trail_that_somebody_stops_is_in_its_last_digest():
    with Emulator(small=True, days=0, now=NOW) as aws:
        state = next(one for one in aws.world.trails.values() if one.trail.name == "clinic-media-trail")
        state.is_logging, state.stopped_at = False, NOW + timedelta(minutes=17)
        aws.deliver(NOW + timedelta(hours=3))
        objects = dict(aws.world.buckets[BUCKET].objects)

    ours = [key for key in objects if "AWSLogs/590817264433/CloudTrail/" in key]
    ((_, last),) = digests(objects, "AWSLogs/590817264433/CloudTrail-Digest/eu-central-1/")
    assert [file["s3Object"] for file in last["logFiles"]] == [key for key in ours if "/eu-central-1/" in key]
    assert last["logFiles"]


def test_there_is_a_digest_for_every_hour(archive):
    _, objects = archive
    ends = [
        digest["digestEndTime"]
        for _, digest in digests(objects, "AWSLogs/310045578826/CloudTrail-Digest/eu-central-1/")
    ]
    hours = [datetime.fromisoformat(end) for end in ends]

    assert len(hours) > 110
    assert {later - earlier for earlier, later in pairwise(hours)} == {timedelta(hours=1)}


def test_the_chain_breaks_only_where_logging_stopped(archive):
    _, objects = archive
    chain = digests(objects, "AWSLogs/590817264433/CloudTrail-Digest/eu-central-1/")
    starts = [digest["digestEndTime"] for _, digest in chain if digest["previousDigestS3Object"] is None]

    assert starts == [chain[0][1]["digestEndTime"], "2026-11-21T06:00:00Z"]


def test_trails_without_validation_have_no_digests():
    with Emulator(days=0, now=NOW) as aws:
        aws.deliver(NOW + timedelta(hours=4))
        keys = list(aws.world.buckets["partner-lab-cloudtrail"].objects)

    assert keys
    assert not any("Digest" in key for key in keys)
    assert all(key.startswith("audit/AWSLogs/882913340076/CloudTrail/us-east-1/") for key in keys)


def test_thirty_days_of_the_whole_organization_fit_in_four_thousand_log_files():
    """One day of each length of slot is written and counted for all days like it: the whole takes ten seconds."""
    with Emulator(days=0, now=NOW) as aws:
        total = 0
        for days_back, alike in ((1, 2), (4, 5), (12, 23)):
            before = aws.archive.written
            begin = aws.archive.now - days_back * 86_400
            aws.archive.write_past(aws.traffic.between(begin, begin + 86_400))
            total += (aws.archive.written - before) * alike

    assert 2000 < total <= 4000
