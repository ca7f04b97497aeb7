from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.trailfile.keys import (
    FileKind,
    WrittenTo,
    file_key,
    has_control,
    is_log_file,
    names_a_log_file,
    written_to,
)

NAME = "111122223333_CloudTrail_eu-west-1_20261101T1015Z_abcdefghijklmnop.json.gz"
TAIL = f"AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01/{NAME}"
ORG_TAIL = f"AWSLogs/o-abc1234567/111122223333/CloudTrail/eu-west-1/2026/11/01/{NAME}"


@pytest.mark.parametrize(
    ("key", "prefix", "organization"),
    [
        (TAIL, "", None),
        (f"logs/of/{TAIL}", "logs/of/", None),
        (ORG_TAIL, "", "o-abc1234567"),
        (f"o-abc1234567/{ORG_TAIL}", "o-abc1234567/", "o-abc1234567"),
        (f"AWSLogs/{TAIL}", "AWSLogs/", None),
        (f"o-abc1234567/{TAIL}", "o-abc1234567/", None),
    ],
    ids=["account", "prefix", "organization", "Control Tower", "prefix AWSLogs", "prefix like an organization"],
)
def test_it_reads_a_key_from_awslogs_to_the_right(key, prefix, organization):
    found = file_key(key)
    assert found is not None
    assert (found.kind, found.account, found.region) == (FileKind.LOG, 111122223333, "eu-west-1")
    assert (found.day, found.delivered_at) == (date(2026, 11, 1), datetime(2026, 11, 1, 10, 15, tzinfo=UTC))
    assert (found.prefix, found.organization) == (prefix, organization)
    folder, _, _ = key.partition("2026/")
    assert written_to(folder) == WrittenTo(prefix.rstrip("/"), organization is not None)


@pytest.mark.parametrize("kind", [kind for kind in FileKind if kind is not FileKind.LOG])
def test_it_tells_other_folders_of_cloudtrail_from_log_files(kind):
    found = file_key(TAIL.replace("/CloudTrail/", f"/{kind}/"))
    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize(
    "key",
    [
        "",
        "AWSLogs/111122223333/Config/eu-west-1/2026/11/01/x.json.gz",
        "AWSLogs/111122223333/CloudTrail-Other/eu-west-1/2026/11/01/x.json.gz",
        "AWSLogs/11112222333/CloudTrail/eu-west-1/2026/11/01/x.json.gz",
        "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/13/01/x.json.gz",
        "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01/",
    ],
    ids=["empty", "Config", "a new folder", "11 digits", "month 13", "the folder itself"],
)
def test_it_knows_what_is_no_file_of_cloudtrail(key):
    assert file_key(key) is None


def test_it_has_no_time_where_the_name_has_none():
    found = file_key(TAIL.replace("20261101T1015Z", "renamed"))
    assert found is not None
    assert found.delivered_at is None


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("111122223333_CloudTrail_eu-west-1_20261102T0805Z_Ab3aaaaaaaaaaaaa.json.gz", True),
        ("111122223333_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20261102T080512Z.json.gz", False),
        ("events.json.gz", False),
        ("copy of 111122223333_CloudTrail_eu-west-1_20261102T0805Z_aaaaaaaaaaaaaaaa.json.gz", False),
    ],
)
def test_only_cloudtrails_own_names_name_one_log_file(name, is_one):
    assert names_a_log_file(name) is is_one


PIECES = st.sampled_from(
    [
        *(
            "AWSLogs/",
            "o-abc1234567/",
            "111122223333/",
            "CloudTrail/",
            "CloudTrail-Digest/",
            "CloudTrail-X/",
            "eu-west-1/",
        ),
        *("2026/11/01/", "2026/13/01/", "2026/02/30/", "a\x7f", "\n", "a//b/", "x", ""),
        *("111122223333_CloudTrail_eu-west-1_20261102T0805Z_Ab3aaaaaaaaaaaaa.json.gz", "_20261302T0805Z_a"),
    ]
)
"""Of which keys are put together, most of them wrong ones."""


@given(
    st.lists(PIECES, max_size=8).map("".join)
    | st.tuples(PIECES, PIECES, PIECES).map(lambda few: TAIL.rpartition("/")[0] + "/" + "".join(few)),
    st.sampled_from([0, 1]),
)
@example(TAIL, 0)
@example(TAIL.replace("20261101T1015Z", "renamed"), 0)
@example(TAIL.replace("20261101T1015Z", "renamed"), 1)
def test_a_log_file_is_told_as_all_that_its_key_says_would_tell_it(key, size):
    found = file_key(key)
    is_named = found is not None and found.kind is FileKind.LOG and not has_control(key)
    assert is_log_file(key, size) == (is_named and (size > 0 or found.delivered_at is not None))
