"""Media calls that CloudWatch counted and no log shows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, timedelta

from app.core.coverage.observe import Observable, ObservableState, class_of
from app.core.kvs.actions import ACTIONS, CHANNEL_EVENTS, Logging
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.metric import RequestCount
from app.core.model.stream import ResourceKind
from app.core.rules import needs
from app.core.rules.evidence import count
from app.core.rules.facts import PostureFacts
from app.core.rules.names import counted, listed, name_of
from app.core.rules.rule import DATA_EVENTS, Fix, Reference, Rule

DELIVERY = timedelta(hours=2)
"""A day is judged when it is over for so long: CloudTrail delivers after minutes, and not always."""
_UNTOLD = frozenset({ObservableState.NOT_COLLECTED, ObservableState.NOT_DELIVERED, ObservableState.UNKNOWN})


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each stream with counted media calls on days of which not one event of that call is stored."""
    arns = {(stream.region, stream.kind, stream.name): stream.arn for stream in facts.snapshot.streams}
    for region, counts in facts.snapshot.metrics:
        by_stream: dict[str, list[RequestCount]] = defaultdict(list)
        unread: dict[str, str] = {}
        for counted_as in counts.counts:
            one = _with_arn(counted_as, region, arns)
            if not _is_missing(facts, one):
                continue
            if (region, one.day) in facts.unread and _is_logged(_answer(facts, one), one.action):
                unread[one.stream] = f"{one.day:%Y-%m-%d}: {facts.unread[region, one.day]}"
            else:
                by_stream[one.stream].append(one)
        for stream, missing in by_stream.items():
            yield _judged(facts, stream, region, missing)
        yield from (CannotTell(stream, why, region) for stream, why in unread.items() if stream not in by_stream)


def _with_arn(one: RequestCount, region: str, arns: Mapping[tuple[str, ResourceKind, str], str]) -> RequestCount:
    """Return a count with the ARN of what it counts: CloudWatch knows streams and channels by name only."""
    action = ACTIONS.get(one.action)
    if action is None or one.stream.startswith("arn:"):
        return one
    kind = ResourceKind.CHANNEL if action.event_type == CHANNEL_EVENTS else ResourceKind.STREAM
    return replace(one, stream=arns.get((region, kind, one.stream), one.stream))


def _is_missing(facts: PostureFacts, one: RequestCount) -> bool:
    action = ACTIONS.get(one.action)
    if action is None or action.logging is not Logging.DATA or not one.requests:
        return False
    if one.day >= _last_day(facts) or (one.stream, one.action, one.day) in facts.logged:
        return False
    # Where the calls are logged and kvswatch began to read later, the events before are not missing.
    is_logged = _is_logged(_answer(facts, one), one.action)
    return not is_logged or (facts.logged_since is not None and one.day > facts.logged_since)


def _last_day(facts: PostureFacts) -> date:
    """Return the first day that is not over yet, or not for long enough."""
    return (facts.now.astimezone(UTC) - DELIVERY).date()


def _answer(facts: PostureFacts, one: RequestCount) -> Observable:
    return facts.coverage.of(one.stream, class_of(ACTIONS[one.action]))


def _is_logged(answer: Observable, action: str) -> bool:
    return answer.state in {ObservableState.OBSERVED, ObservableState.PARTLY} and action not in answer.missing


def _judged(facts: PostureFacts, stream: str, region: str, missing: list[RequestCount]) -> Violation | CannotTell:
    untold = next((answer for one in missing if (answer := _answer(facts, one)).state in _UNTOLD), None)
    if untold is not None:
        return CannotTell(stream, untold.reason, region)
    total = sum(one.requests for one in missing)
    calls = sorted({one.action for one in missing})
    days = len({one.day for one in missing})
    return Violation(
        stream,
        f"{name_of(stream)} had {counted(total, 'call')} of {listed(calls)} on {counted(days, 'day')}, "
        "and the log has none of them",
        (
            *(
                count(f"CloudWatch, {one.action}.Requests, {one.day:%Y-%m-%d}", f"{one.requests:,}; events: 0")
                for one in sorted(missing, key=lambda one: (one.day, one.action))[-5:]
            ),
            count("CloudTrail", _answer(facts, missing[-1]).reason, "/coverage"),
        ),
        region=region,
    )


RULE = Rule(
    code="KVS-CT-06",
    title="Video was read or written but no event exists",
    practice=Practice.CLOUDTRAIL,
    severity=Severity.HIGH,
    needs=(*needs.LOGGING, needs.REQUEST_COUNTS),
    why=(
        "CloudWatch counts the calls to a stream whether or not anybody logs them. Where it counted and the log is "
        "empty, somebody watched or sent, and nobody will ever know who."
    ),
    fix=Fix(
        "Log data events of the stream (see the rule on media calls that are not logged). Where they are logged, look "
        "for the lost files: delivery errors, a bucket policy, a lifecycle rule.",
        cli=(
            "aws cloudwatch get-metric-statistics --region <region> --namespace AWS/KinesisVideo \\\n"
            "  --metric-name GetMedia.Requests --dimensions Name=StreamName,Value=<name> \\\n"
            "  --start-time <start> --end-time <end> --period 86400 --statistics Sum"
        ),
    ),
    references=(
        DATA_EVENTS,
        Reference(
            "KVS Developer Guide: Monitoring metrics with CloudWatch",
            "https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/monitoring-cloudwatch.html",
        ),
    ),
    check=check,
    unit="streams",
    subjects=lambda facts: len({one.stream for _, counts in facts.snapshot.metrics for one in counts.counts}),
)
