"""Trails that log writes only: they lose AssumeRole and GetDataEndpoint, which are reads to AWS."""

from collections.abc import Iterator

from app.core.coverage.observe import fault
from app.core.coverage.selectors import Call, Taken, taken
from app.core.kvs.actions import Logging
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.trail import Trail
from app.core.rules import needs
from app.core.rules.evidence import setting
from app.core.rules.facts import PostureFacts
from app.core.rules.rule import Fix, Reference, Rule

READS = (
    Call("AssumeRole", Logging.MANAGEMENT, "", "", is_read_only=True, event_source="sts.amazonaws.com"),
    Call("GetDataEndpoint", Logging.MANAGEMENT, "", "", is_read_only=True),
)
WRITE = Call("CreateStream", Logging.MANAGEMENT, "", "", is_read_only=False)


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each working trail that logs management writes but not reads, unless another logs the reads there."""
    working = [trail for trail in facts.snapshot.trails if not fault(trail, facts.now)]
    readers = [trail for trail in working if trail.selectors_seen and _takes_reads(trail)]
    for trail in working:
        if any(_is_everywhere(reader, trail) for reader in readers):
            continue
        if not trail.selectors_seen:
            yield CannotTell(trail.arn, f"the event selectors of {trail.name} could not be read")
        elif taken(trail, WRITE)[0] is not Taken.NONE:
            how = ", ".join(f"{call.event_name}: {taken(trail, call)[0].name.lower()}" for call in READS)
            yield Violation(
                trail.arn,
                f"{trail.name} does not log reads, so sessions and requests for video endpoints leave no record",
                (setting("GetEventSelectors", how, "/coverage"),),
            )


def _is_everywhere(reader: Trail, trail: Trail) -> bool:
    """Whether one trail logs in every Region in which another does."""
    return reader.is_multi_region or (not trail.is_multi_region and reader.home_region == trail.home_region)


def _takes_reads(trail: Trail) -> bool:
    return all(taken(trail, call)[0] is Taken.ALL for call in READS)


RULE = Rule(
    code="KVS-CT-03",
    title="Read management events are not logged",
    practice=Practice.CLOUDTRAIL,
    severity=Severity.MEDIUM,
    needs=(needs.TRAILS, needs.TRAIL_STATUS, needs.EVENT_SELECTORS),
    why=(
        "AssumeRole is read-only to CloudTrail: a trail of writes loses it, and with it who stands behind a session. "
        "GetDataEndpoint, which names the media call that follows, is lost too."
    ),
    fix=Fix(
        "Log all management events: the first copy costs nothing. Keep the trail's selectors of data events beside "
        "them: put-event-selectors replaces all.",
        cli="""\
aws cloudtrail get-event-selectors --region <region> --trail-name <subject>
# put this in place of the selectors of management events, keep those of data events, then:
# {"Name": "Management events", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
aws cloudtrail put-event-selectors --region <region> --trail-name <subject> \\
  --advanced-event-selectors file://selectors.json""",
    ),
    references=(
        Reference(
            "IAM User Guide: Logging IAM and AWS STS API calls with AWS CloudTrail",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html",
        ),
    ),
    check=check,
    unit="trails",
    version=2,
    subjects=lambda facts: len(facts.snapshot.trails),
)
