"""A stream or channel whose media calls no trail logs: nobody can ever know who watched."""

from collections.abc import Iterator

from app.core.coverage.observe import ActionClass, Observable, ObservableState
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.stream import ResourceKind, Stream
from app.core.rules import needs
from app.core.rules.evidence import setting
from app.core.rules.facts import PostureFacts
from app.core.rules.rule import DATA_EVENTS, Fix, Reference, Rule

MEDIA = {
    ResourceKind.STREAM: (ActionClass.READ, ActionClass.WRITE),
    ResourceKind.CHANNEL: (ActionClass.SIGNALING,),
}


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each stream and channel of which no media call at all is logged; channels weigh less."""
    for stream in facts.snapshot.streams:
        answers = [facts.coverage.of(stream.arn, kind) for kind in MEDIA[stream.kind]]
        states = {answer.state for answer in answers}
        if states == {ObservableState.NOT_LOGGED}:
            yield _violation(stream, answers[0])
        elif ObservableState.UNKNOWN in states:
            reason = next(answer.reason for answer in answers if answer.state is ObservableState.UNKNOWN)
            yield CannotTell(stream.arn, reason, stream.region)


def _violation(stream: Stream, answer: Observable) -> Violation:
    is_stream = stream.kind is ResourceKind.STREAM
    calls = "PutMedia and GetMedia" if is_stream else "signaling calls"
    return Violation(
        stream.arn,
        f"{calls} on {stream.name} are not logged, so who watched or sent cannot be known",
        (setting("CloudTrail", answer.reason, "/coverage"),),
        Severity.HIGH if is_stream else Severity.MEDIUM,
        stream.region,
    )


RULE = Rule(
    code="KVS-CT-01",
    title="Media calls are not logged",
    practice=Practice.CLOUDTRAIL,
    severity=Severity.HIGH,
    needs=needs.LOGGING,
    why=(
        "PutMedia, GetMedia and the other media calls are data events, which every trail leaves out by default. "
        "Without them nobody can say who watched a camera, and kvswatch can judge no behaviour on it."
    ),
    fix=Fix(
        "Add these selectors to a trail that logs this Region, best the organization's. Put them beside those it has: "
        "put-event-selectors replaces all. A steady camera costs about a cent a month.",
        cli="""\
aws cloudtrail put-event-selectors --region <region> --trail-name TRAIL \\
  --advanced-event-selectors '[
    {"Name": "Management events", "FieldSelectors": [
      {"Field": "eventCategory", "Equals": ["Management"]}]},
    {"Name": "KVS media", "FieldSelectors": [
      {"Field": "eventCategory", "Equals": ["Data"]},
      {"Field": "resources.type", "Equals": ["AWS::KinesisVideo::Stream"]}]},
    {"Name": "KVS signaling", "FieldSelectors": [
      {"Field": "eventCategory", "Equals": ["Data"]},
      {"Field": "resources.type", "Equals": ["AWS::KinesisVideo::SignalingChannel"]}]}]'""",
        cloudformation="""\
AdvancedEventSelectors:
  - Name: KVS media
    FieldSelectors:
      - {Field: eventCategory, Equals: [Data]}
      - {Field: resources.type, Equals: ["AWS::KinesisVideo::Stream"]}
  - Name: KVS signaling
    FieldSelectors:
      - {Field: eventCategory, Equals: [Data]}
      - {Field: resources.type, Equals: ["AWS::KinesisVideo::SignalingChannel"]}""",
        terraform="""\
advanced_event_selector {
  name = "KVS media"
  field_selector {
    field  = "eventCategory"
    equals = ["Data"]
  }
  field_selector {
    field  = "resources.type"
    equals = ["AWS::KinesisVideo::Stream"]
  }
}""",
    ),
    references=(
        DATA_EVENTS,
        Reference(
            "KVS Developer Guide: Log API calls with AWS CloudTrail",
            "https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/monitoring-cloudtrail.html",
        ),
    ),
    check=check,
    unit="streams and channels",
    subjects=lambda facts: len(facts.snapshot.streams),
)
