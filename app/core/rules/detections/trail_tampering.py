"""Somebody stopped, deleted or changed what CloudTrail logs."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from app.core.coverage.observe import ActionClass
from app.core.model.event import Event
from app.core.model.finding import CannotTell, Evidence, Practice, Severity, Violation
from app.core.rules.calls import reader_name, reader_of, succeeded, within
from app.core.rules.evidence import event as as_evidence
from app.core.rules.evidence import setting
from app.core.rules.facts import DetectionFacts
from app.core.rules.known import STOPPED
from app.core.rules.rule import Fix, Reference, Rule

_SOURCE = "cloudtrail.amazonaws.com"
_STOPS = "StopLogging"
_ENDS = frozenset({_STOPS, "DeleteTrail"})
_CHANGES = frozenset({"PutEventSelectors", "UpdateTrail"})
_SAME_MOMENT = timedelta(minutes=5)
_WORDS = {
    "StopLogging": "stopped a trail on {at}",
    "DeleteTrail": "deleted a trail on {at}",
    "PutEventSelectors": "changed what a trail selects on {at}",
    "UpdateTrail": "changed a trail on {at}",
}


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each person or role that ended a trail's logging (high), or changed what it logs (low), on this day.

    A record of a change does not say here what it was before: whether media calls are still logged is judged by the
    trail's settings, in rules of their own.
    """
    by_actor: dict[str, list[Event]] = defaultdict(list)
    for event in within(facts):
        if event.source == _SOURCE and event.action in _ENDS | _CHANGES and succeeded(event):
            by_actor[reader_of(event)].append(event)
    for actor, calls in by_actor.items():
        yield _violation(facts, actor, calls)


def _violation(facts: DetectionFacts, actor: str, calls: list[Event]) -> Violation:
    ended = [call for call in calls if call.action in _ENDS]
    telling = (ended or calls)[-1]
    words = _WORDS[telling.action] + (_until(facts, telling) if telling.action == _STOPS else "")
    return Violation(
        actor,
        f"{reader_name(actor)} {words.format(at=f'{telling.event_time:%d %B at %H:%MZ}')}",
        (*(as_evidence(call) for call in calls), *_stopped_trails(facts, ended)),
        Severity.HIGH if ended else Severity.LOW,
        region=telling.region,
        first_at=calls[0].event_time,
        last_at=calls[-1].event_time,
    )


def _until(facts: DetectionFacts, stop: Event) -> str:
    """Return when it was started again: by a call of the same day, else by what AWS says of the trail.

    A trail is started in its own Region alone; which one a record does not say here.
    """
    stopped_at = stop.event_time
    calls = [
        event.event_time
        for event in within(facts)
        if (event.source, event.action, event.region) == (_SOURCE, "StartLogging", stop.region)
        and succeeded(event)
        and event.event_time > stopped_at
    ]
    states = [trail.status for trail in facts.snapshot.trails if trail.status is not None]
    told = [
        state.started_at
        for state in states
        if state.started_at is not None
        and state.stopped_at is not None
        and abs(state.stopped_at - stopped_at) < _SAME_MOMENT
        and state.started_at > stopped_at
    ]
    if not calls and not told:
        return ""
    return f", started again after {_length(min(calls + told) - stopped_at)}"


def _length(pause: timedelta) -> str:
    hours, minutes = divmod(round(pause.total_seconds() / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _stopped_trails(facts: DetectionFacts, ended: list[Event]) -> Iterator[Evidence]:
    """Yield the trails that AWS says were stopped at the moment of one of these calls."""
    for trail in facts.snapshot.trails:
        stopped_at = trail.status.stopped_at if trail.status is not None else None
        if stopped_at is not None and any(abs(stopped_at - call.event_time) < _SAME_MOMENT for call in ended):
            yield setting(STOPPED, f"{trail.name}: {stopped_at:%Y-%m-%d %H:%M:%SZ}", "/coverage")


RULE = Rule(
    code="KVS-CT-07",
    title="Trail was stopped or changed",
    practice=Practice.CLOUDTRAIL,
    severity=Severity.HIGH,
    needs=(),
    why=(
        "While a trail is stopped, media calls leave no record and cannot be had afterwards. It is the first thing to "
        "do for whoever does not want to be seen, and rarely needed otherwise."
    ),
    fix=Fix(
        "Start the trail, find out who wanted it and why, and let an SCP deny it to all but the owner of the log.",
        policy="""\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "TrailsStay",
      "Effect": "Deny",
      "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail",
        "cloudtrail:PutEventSelectors"],
      "Resource": "*",
      "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:<partition>:iam::*:role/LOG-OWNER"}}
    }
  ]
}""",
        cli="aws cloudtrail start-logging --region <region> --name <trail>",
    ),
    references=(
        Reference(
            "CloudTrail User Guide: Security best practices",
            "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
        ),
    ),
    check=check,
    rests_on=(ActionClass.MANAGEMENT,),
    unit="changes of trails",
    version=2,
)
