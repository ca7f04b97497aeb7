import pytest

from app.core.integrity.writers import writers
from app.core.model.integrity import PlaceKey
from app.core.model.trail import Trail

BUCKET = "logs"


def trail(name: str, *, organization: bool = False, home: str = "", prefix: str = "", bucket: str = BUCKET) -> Trail:
    return Trail(
        f"arn:aws:cloudtrail:eu-west-1:111122223333:trail/{name}",
        name,
        home or "eu-west-1",
        is_multi_region=not home,
        is_organization_trail=organization,
        bucket=bucket,
        prefix=prefix,
        validates_log_files=True,
        includes_global_events=True,
    )


def names(folder: str, *trails: Trail, region: str = "eu-west-1") -> list[str]:
    return [one.name for one in writers(trails, PlaceKey(111122223333, f"s3://{folder}", region))]


OWN, SHARED = trail("own"), trail("shared", organization=True)
OF_ACCOUNT, OF_ORGANIZATION = "logs/AWSLogs/111122223333/", "logs/AWSLogs/o-abc1234567/111122223333/"


@pytest.mark.parametrize(
    ("folder", "expected"), [(OF_ACCOUNT, ["own"]), (OF_ORGANIZATION, ["shared"])], ids=["account", "organization"]
)
def test_an_account_trail_and_that_of_its_organization_write_beside_each_other(
    folder: str, expected: list[str]
) -> None:
    assert names(folder, OWN, SHARED) == expected


def test_an_old_organization_trail_leaves_its_id_out() -> None:
    assert names(OF_ACCOUNT, SHARED) == ["shared"]


def test_a_trail_writes_below_its_prefix_alone() -> None:
    prefixed = trail("prefixed", prefix="deep/in")
    assert names("logs/deep/in/AWSLogs/111122223333/", OWN, prefixed) == ["prefixed"]
    assert names(OF_ACCOUNT, prefixed) == []


def test_a_trail_of_one_region_writes_of_that_region() -> None:
    there = trail("there", home="eu-west-1")
    assert names(OF_ACCOUNT, there) == ["there"]
    assert names(OF_ACCOUNT, there, region="us-east-1") == []


def test_another_bucket_is_another_ones() -> None:
    assert names(OF_ACCOUNT, trail("elsewhere", bucket="logs-2")) == []
