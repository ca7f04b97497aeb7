"""A stream that is encrypted with the key that AWS manages: no key policy of its own stands before the media."""

from collections.abc import Iterator

from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.stream import ResourceKind
from app.core.rules import needs
from app.core.rules.evidence import setting
from app.core.rules.facts import PostureFacts
from app.core.rules.rule import Fix, Reference, Rule

AWS_MANAGED = "alias/aws/kinesisvideo"


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each stream under the AWS managed key, which KVS takes when none is given at creation."""
    for stream in facts.snapshot.streams:
        if stream.kind is not ResourceKind.STREAM:
            continue
        if stream.kms_key_id is None or stream.kms_key_id.endswith(AWS_MANAGED):
            evidence = (setting("ListStreams, KmsKeyId", stream.kms_key_id or "not set"),)
            yield Violation(
                stream.arn, f"{stream.name} is encrypted with the AWS managed key", evidence, region=stream.region
            )


def _count(facts: PostureFacts) -> int:
    return sum(1 for stream in facts.snapshot.streams if stream.kind is ResourceKind.STREAM)


RULE = Rule(
    code="KVS-EN-01",
    title="Stream uses the AWS managed key",
    practice=Practice.DATA_PROTECTION,
    severity=Severity.LOW,
    needs=(needs.STREAMS,),
    why=(
        "With a key of your own, whoever reads media also needs kms:Decrypt on it: a second lock, whose policy and "
        "end are in your hands. The AWS managed key opens for every principal that KVS lets in."
    ),
    fix=Fix(
        "The key can be set at creation only: create the stream again with your own key and move the camera to it.",
        cli=(
            "aws kinesisvideo create-stream --region <region> --stream-name <name> \\\n"
            "  --kms-key-id alias/KMS-KEY --data-retention-in-hours 24"
        ),
        cloudformation="""\
Type: AWS::KinesisVideo::Stream
Properties:
  Name: "<name>"
  KmsKeyId: !Ref VideoKey""",
        terraform="""\
resource "aws_kinesis_video_stream" "camera" {
  name       = "<name>"
  kms_key_id = aws_kms_key.video.arn
}""",
    ),
    references=(
        Reference(
            "KVS Developer Guide: Data protection",
            "https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/how-kms.html",
        ),
    ),
    check=check,
    unit="streams",
    subjects=_count,
)
