"""A stream that keeps nothing cannot be reviewed after an incident."""

from collections.abc import Iterator

from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.stream import ResourceKind
from app.core.rules import needs
from app.core.rules.evidence import setting
from app.core.rules.facts import PostureFacts
from app.core.rules.rule import Fix, Reference, Rule


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield every stream whose retention is 0 h, the service's default."""
    for stream in facts.snapshot.streams:
        if stream.kind is ResourceKind.STREAM and stream.retention_hours == 0:
            evidence = (setting("ListStreams, DataRetentionInHours", "0"),)
            yield Violation(stream.arn, f"{stream.name} keeps no media", evidence, region=stream.region)


RULE = Rule(
    code="KVS-EN-04",
    title="Stream keeps no media",
    practice=Practice.DATA_PROTECTION,
    severity=Severity.LOW,
    needs=(needs.STREAMS,),
    why=(
        "With a retention of 0 hours, which is the default, nothing is stored: what nobody watched live is gone, and "
        "HLS playback does not work. AWS Config has a rule of the same meaning."
    ),
    fix=Fix(
        "Set the retention that the camera's purpose asks for. If nothing may be stored, mute this with the reason.",
        cli=(
            "aws kinesisvideo update-data-retention --region <region> --stream-arn <subject> \\\n"
            "  --operation INCREASE_DATA_RETENTION --data-retention-change-in-hours 24 --current-version VERSION"
        ),
        cloudformation="""\
Type: AWS::KinesisVideo::Stream
Properties:
  Name: "<name>"
  DataRetentionInHours: 24""",
        terraform="""\
resource "aws_kinesis_video_stream" "camera" {
  name                    = "<name>"
  data_retention_in_hours = 24
}""",
    ),
    references=(
        Reference(
            "AWS Config: kinesis-video-stream-minimum-data-retention",
            "https://docs.aws.amazon.com/config/latest/developerguide/kinesis-video-stream-minimum-data-retention.html",
        ),
    ),
    check=check,
    unit="streams",
    subjects=lambda facts: sum(1 for stream in facts.snapshot.streams if stream.kind is ResourceKind.STREAM),
)
