import re

from moto.iam.utils import generate_access_key_id_from_account_id

from app.demo import identifiers


def test_they_depend_on_what_they_name_and_on_nothing_else():
    assert identifiers.guid("a", 1) == identifiers.guid("a", 1)
    assert identifiers.guid("a", 1) != identifiers.guid("a", 2)
    assert identifiers.guid("ab", "c") != identifiers.guid("a", "bc")


def test_a_guid_is_of_version_four():
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}", identifiers.guid("x"))


def test_an_access_key_carries_its_account_as_aws_keys_do():
    ours = identifiers.access_key("ASIA", "310045578826", "camera")
    another = generate_access_key_id_from_account_id("310045578826", "ASIA")

    assert ours[:12] == another[:12]
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", ours)


def test_an_entitys_id_has_its_kinds_prefix():
    assert re.fullmatch(r"AROA[A-Z2-7]{17}", identifiers.unique_id("AROA", "310045578826", "Role"))


def test_numbers_stay_below_their_bound():
    assert {identifiers.number("x", index, below=3) for index in range(100)} == {0, 1, 2}
    assert all(0 <= identifiers.share("x", index) < 1 for index in range(100))


def test_the_suffix_of_an_arn_is_a_time_in_the_past():
    assert 1_601_500_000_000 <= identifiers.arn_suffix("a") < 1_751_500_000_000


def test_a_secret_has_the_length_of_one():
    assert len(identifiers.secret("a")) == 40
