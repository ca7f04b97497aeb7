import pytest

from app.demo.estate import estate
from app.demo.nouns import Cast, Group, Role

SMALL = estate(small=True)


def test_casts_add_up():
    both = Cast(roles=(Role("a", {}),)) + Cast(roles=(Role("b", {}),), groups=(Group("g"),))

    assert [role.name for role in both.roles] == ["a", "b"]
    assert len(both) == 3


def test_an_account_is_found_by_name_and_by_number():
    assert SMALL.account("clinic-video") is SMALL.account("590817264433")
    assert SMALL.has("clinic-video")
    assert not SMALL.has("legacy-cams")
    with pytest.raises(StopIteration):
        SMALL.account("legacy-cams")


def test_a_roles_arn_has_its_path():
    arn = SMALL.account("clinic-video").role_arn("AWSServiceRoleForConfig")

    assert arn == "arn:aws:iam::590817264433:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


@pytest.mark.parametrize(
    ("account", "role"),
    [
        ("halden-management", "kvswatch-management"),
        ("log-archive", "kvswatch-log-archive"),
        ("clinic-video", "kvswatch-member"),
    ],
)
def test_the_scanners_role_depends_on_the_kind_of_account(account, role):
    assert SMALL.scanner_role(SMALL.account(account)).endswith(f":role/{role}")
    assert role in {entity.name for entity in SMALL.account(account).cast.roles}


def test_a_trail_is_of_its_home_region():
    assert SMALL.management.trails[0].arn == "arn:aws:cloudtrail:eu-central-1:148803265917:trail/halden-org-trail"
    assert SMALL.trails[0] is SMALL.management.trails[0]


def test_the_poller_is_a_user_of_the_tooling_account():
    assert SMALL.poller_arn == "arn:aws:iam::395518820463:user/kvswatch-poller"
    assert SMALL.log_archive.log_bucket == "halden-cloudtrail"
