from pathlib import Path

import pytest

from app.demo.estate import estate
from app.demo.nouns import Account

DOCUMENT = (Path(__file__).parents[2] / "docs" / "demo.md").read_text()
FULL = estate()
MEMBERS = [account for account in FULL.members if account.kind == "member" and account.unit != "Infrastructure"]


def test_it_has_a_management_account_a_log_archive_and_six_members_or_more():
    assert FULL.management.name == "halden-management"
    assert FULL.log_archive.name == "log-archive"
    assert len(MEMBERS) >= 6
    assert len({region for account in FULL.accounts for region in account.regions}) == 3


@pytest.mark.parametrize("account", FULL.accounts, ids=lambda account: account.name)
def test_every_account_has_forty_principals_of_different_names(account: Account):
    names = [(kind, entity.name) for kind in ("roles", "users", "groups") for entity in getattr(account.cast, kind)]

    assert len(names) >= 40
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("account", MEMBERS, ids=lambda account: account.name)
def test_every_member_has_thirty_streams_or_channels_of_different_names(account: Account):
    names = [(video.region, type(video).__name__, video.name) for video in (*account.streams, *account.channels)]

    assert len(names) >= 30
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("account", FULL.accounts, ids=lambda account: account.name)
def test_the_document_counts_what_an_account_has(account: Account):
    counts = (len(account.streams), len(account.channels), len(account.cast))
    row = " | ".join((account.name, account.id, *map(str, counts)))

    assert f"| {row} | " in DOCUMENT


def test_every_producer_of_a_stream_is_a_principal_of_its_account():
    for account in FULL.accounts:
        principals = {entity.name for entity in (*account.cast.roles, *account.cast.users)}
        producers = {video.producer for video in (*account.streams, *account.channels)} - {None}
        assert producers <= principals, account.name


def test_every_role_alias_pool_and_trail_names_what_is_there():
    buckets = {bucket.name for account in FULL.accounts for bucket in account.buckets}
    for account in FULL.accounts:
        roles = {role.name for role in account.cast.roles}
        assert {alias.role for alias in account.aliases} <= roles
        assert {pool.authenticated for pool in account.pools} <= roles
        assert {trail.bucket for trail in account.trails} <= buckets
        assert {stream.key for stream in account.streams} - {None} <= {key.alias for key in account.keys}


def test_an_organization_policy_is_attached_to_units_and_accounts_that_exist():
    known = {"Root", *FULL.units, *(account.name for account in FULL.accounts)}

    assert {target for policy in FULL.policies for target in policy.targets} <= known


def test_the_small_one_has_two_members_with_a_handful_of_cameras():
    small = estate(small=True)

    assert [account.name for account in small.members] == [
        "halden-management",
        "log-archive",
        "cams-prod-eu",
        "clinic-video",
    ]
    assert all(len(account.streams) < 10 for account in small.accounts)


def test_every_account_has_the_scanners_role_with_the_policy_it_was_given():
    given = {"kvswatch-member": {"Version": "2012-10-17", "Statement": []}}

    for account in estate(small=True, policies=given).accounts:
        role = next(role for role in account.cast.roles if role.name == "kvswatch-member")
        assert role.inline["kvswatch"] == given["kvswatch-member"]
