"""An account whose calls no trail delivers."""

from collections.abc import Iterator

from app.core.arn import account_text
from app.core.coverage.observe import fault
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules import needs
from app.core.rules.evidence import setting
from app.core.rules.facts import PostureFacts
from app.core.rules.rule import Fix, Reference, Rule


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield the account when none of its multi-Region trails logs and delivers; an organization's trail counts."""
    account = account_text(facts.snapshot.account.id)
    trails = [trail for trail in facts.snapshot.trails if trail.is_multi_region]
    faults = {trail: fault(trail, facts.now) for trail in trails}
    if any(not found for found in faults.values()):
        return
    if any(trail.status is None for trail in trails):
        yield CannotTell(account, "the status of its trails could not be read")
        return
    if not any(part.seen_at for part in facts.snapshot.parts if part.name == needs.TRAILS):
        return
    evidence = tuple(setting(f"GetTrailStatus of {trail.name}", found) for trail, found in faults.items())
    none = setting("DescribeTrails", "no trail logs in all Regions")
    yield Violation(account, "no trail delivers the calls of all Regions", evidence or (none,))


RULE = Rule(
    code="KVS-CT-02",
    title="No working multi-Region trail",
    practice=Practice.CLOUDTRAIL,
    severity=Severity.CRITICAL,
    needs=(needs.TRAILS, needs.TRAIL_STATUS),
    why=(
        "Without a trail that logs and delivers, CloudTrail keeps management events for 90 days and media calls not at "
        "all. A call in a Region that nobody uses goes unseen."
    ),
    fix=Fix(
        "Create one multi-Region trail, best of the organization, with log file validation; or mend the bucket policy "
        "of the trail that cannot deliver.",
        cli=(
            "aws cloudtrail create-trail --name org-trail --s3-bucket-name BUCKET --is-multi-region-trail \\\n"
            "  --is-organization-trail --enable-log-file-validation\n"
            "aws cloudtrail start-logging --name org-trail"
        ),
    ),
    references=(
        Reference(
            "CloudTrail User Guide: Security best practices",
            "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
        ),
    ),
    check=check,
    unit="accounts",
    subjects=lambda _facts: 1,
)
