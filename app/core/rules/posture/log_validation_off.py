"""A trail whose log files carry no proof that they are whole."""

from collections.abc import Iterator

from app.core.arn import account_id
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.trail import Trail
from app.core.rules import needs
from app.core.rules.evidence import setting
from app.core.rules.facts import PostureFacts
from app.core.rules.rule import Fix, Reference, Rule


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each trail without log file validation; an organization's trail where it is owned, if that is watched."""
    for trail in _own(facts):
        if not trail.validates_log_files:
            evidence = (setting("DescribeTrails, LogFileValidationEnabled", "false"),)
            yield Violation(trail.arn, f"whether the log files of {trail.name} were changed cannot be proved", evidence)


def _own(facts: PostureFacts) -> Iterator[Trail]:
    for trail in facts.snapshot.trails:
        # Members see their organization's trail: one finding where it can be mended, not one an account.
        is_watched_elsewhere = facts.snapshot.organization is not None and trail.is_organization_trail
        if account_id(trail.arn) == facts.snapshot.account.id or not is_watched_elsewhere:
            yield trail


RULE = Rule(
    code="KVS-CT-05",
    title="Log integrity cannot be proved",
    practice=Practice.CLOUDTRAIL,
    severity=Severity.MEDIUM,
    needs=(needs.TRAILS,),
    why=(
        "With validation, CloudTrail signs a digest of its files every hour. Without it, whoever can write to the "
        "bucket can take an hour out of history, and nobody can show that it was there."
    ),
    fix=Fix(
        "Turn log file validation on. It costs nothing, and starts with the next hour.",
        cli="aws cloudtrail update-trail --region <region> --name <subject> --enable-log-file-validation",
        cloudformation="EnableLogFileValidation: true",
        terraform="enable_log_file_validation = true",
    ),
    references=(
        Reference(
            "CloudTrail User Guide: Validating CloudTrail log file integrity",
            "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html",
        ),
    ),
    check=check,
    unit="trails",
    subjects=lambda facts: sum(1 for _ in _own(facts)),
)
