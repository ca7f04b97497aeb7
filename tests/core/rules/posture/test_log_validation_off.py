from app.core.rules.posture.log_validation_off import RULE
from tests.builders import iam
from tests.builders.facts import denied, judged, only, parts, posture, trail

ORGANIZATION_TRAIL = trail(
    arn=f"arn:aws:cloudtrail:eu-central-1:{iam.MANAGEMENT}:trail/org-trail",
    is_organization_trail=True,
    validates_log_files=False,
)


def test_it_flags_a_trail_without_validation():
    assert only(judged(RULE, posture(trails=(trail(validates_log_files=False),)))).subject == trail().arn


def test_it_leaves_a_trail_with_validation_alone():
    assert judged(RULE, posture()).violations == ()


def test_it_leaves_the_organizations_trail_to_its_owner():
    assert judged(RULE, posture(trails=(ORGANIZATION_TRAIL,))).violations == ()


def test_it_flags_the_organizations_trail_where_nobody_watches_its_owner():
    assert only(judged(RULE, posture(trails=(ORGANIZATION_TRAIL,), organization=None)))


def test_it_cannot_tell_of_a_region_whose_trails_were_never_read():
    facts = posture(trails=(), parts=parts(denied("trails", "us-east-1", "cloudtrail:DescribeTrails")))

    assert [answer.region for answer in judged(RULE, facts).cannot_tell] == ["us-east-1"]
