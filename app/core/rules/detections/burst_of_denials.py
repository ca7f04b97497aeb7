"""Many denied calls in a short time: somebody tries doors."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice, takewhile

from app.core.coverage.observe import ActionClass
from app.core.findings.reconcile import Window
from app.core.model.event import Event
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules.calls import is_by_service, is_denied, is_kvs, reader_name, reader_of, reads_media, succeeded
from app.core.rules.evidence import event as as_evidence
from app.core.rules.evidence import events
from app.core.rules.facts import DetectionFacts
from app.core.rules.names import listed, name_of
from app.core.rules.rule import Fix, Reference, Rule

BURST = 20
"""A program whose right was taken away retries a few times and gives up or backs off; a hand with a list does not."""
WITHIN = timedelta(minutes=10)
THEN = timedelta(hours=1)
"""So long after a burst, a success of the same call counts as its end."""


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each caller with at least BURST denied KVS calls in ten minutes; high when one of them then succeeded."""
    own = facts.snapshot.account.role_arn
    by_caller: dict[str, list[Event]] = defaultdict(list)
    for event in facts.events:
        if is_kvs(event) and not is_by_service(event) and event.actor.principal != own:
            by_caller[reader_of(event)].append(event)
    for caller, calls in by_caller.items():
        ended = [(burst, _success(calls, burst, facts.window)) for burst in _bursts(calls)]
        told = [(burst, then) for burst, then in ended if then is not None or burst[-1].event_time in facts.window]
        if told:
            yield _violation(caller, *max(told, key=_weight))


def _bursts(calls: list[Event]) -> Iterator[list[Event]]:
    """Yield each run of denied calls of which every one lies among at least BURST in ten minutes."""
    denied = [call for call in calls if is_denied(call)]
    start, run = 0, range(0)
    for end, call in enumerate(denied):
        while call.event_time - denied[start].event_time > WITHIN:
            start += 1
        if end - start + 1 < BURST:
            continue
        if start >= run.stop:
            yield from _calls_of(denied, run)
            run = range(start, start)
        run = range(run.start, end + 1)
    yield from _calls_of(denied, run)


def _calls_of(denied: list[Event], run: range) -> Iterator[list[Event]]:
    if run:
        yield denied[run.start : run.stop]


def _success(calls: list[Event], burst: list[Event], window: Window) -> Event | None:
    """Return the first success of a call that was denied before, best one that shows media; None when there is none.

    Of a burst that ended on the day before, one of the day judged.
    """
    first_denied = {call.action: call.event_time for call in reversed(burst)}
    start, end = burst[0].event_time, burst[-1].event_time + THEN
    is_of_day = burst[-1].event_time in window
    first = bisect_right(calls, start, key=lambda call: call.event_time)
    after = takewhile(lambda call: call.event_time <= end, islice(calls, first, None))
    then = [
        call
        for call in after
        if succeeded(call)
        and call.event_time > first_denied.get(call.action, end)
        and (is_of_day or call.event_time in window)
    ]
    return next(filter(reads_media, then), then[0] if then else None)


def _weight(told: tuple[list[Event], Event | None]) -> tuple[bool, bool, int]:
    burst, success = told
    return success is not None and reads_media(success), success is not None, len(burst)


def _violation(caller: str, burst: list[Event], success: Event | None) -> Violation:
    first, last = burst[0], burst[-1]
    streams = sorted({name_of(call.stream) for call in burst if call.stream})
    what = f"{len(burst)} denied calls of {reader_name(caller)} in {_minutes(last.event_time - first.event_time)}"
    on = f" on {listed(streams)}" if streams else ""
    ending = f", then {success.action} succeeded" if success is not None else ""
    return Violation(
        caller,
        f"{what}{on}{ending}",
        (*events(burst), *((as_evidence(success),) if success is not None else ())),
        Severity.HIGH if success is not None else Severity.MEDIUM,
        first_at=first.event_time,
        last_at=max(last.event_time, success.event_time) if success is not None else last.event_time,
    )


def _minutes(span: timedelta) -> str:
    minutes = max(1, round(span / timedelta(minutes=1)))
    return "a minute" if minutes == 1 else f"{minutes} minutes"


RULE = Rule(
    code="KVS-DT-04",
    title="Burst of denied calls",
    practice=Practice.BEHAVIOUR,
    severity=Severity.MEDIUM,
    needs=(),
    why=(
        "Somebody tries what the credentials open. Where the same call then succeeds, a door was found, or somebody "
        "opened it."
    ),
    fix=Fix(
        "Ask whoever is behind the session. Where nobody knows of it, revoke the sessions of the role and look at what "
        "succeeded. Who changed a policy in between stands on the page of the role, where a trail of management events "
        "is read, and in CloudTrail's event history.",
        cli=(
            "aws cloudtrail lookup-events --region us-east-1 "
            "--lookup-attributes AttributeKey=ResourceName,AttributeValue=<name>"
        ),
    ),
    references=(
        Reference(
            "CloudTrail User Guide: CloudTrail record contents",
            "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
        ),
    ),
    check=check,
    version=2,
    rests_on=tuple(ActionClass),
    unit="callers",
    subjects=lambda facts: len({reader_of(event) for event in facts.events}),
)
