"""A trail that logs KVS media calls, but not all of them."""

from collections import defaultdict
from collections.abc import Iterator

from app.core.coverage.observe import ActionClass, Observable, ObservableState
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.stream import ResourceKind, Stream
from app.core.rules import needs
from app.core.rules.evidence import setting, streams_of
from app.core.rules.facts import PostureFacts
from app.core.rules.names import counted, listed
from app.core.rules.rule import DATA_EVENTS, Fix, Rule

_MEDIA = {
    ResourceKind.STREAM: (ActionClass.READ, ActionClass.WRITE),
    ResourceKind.CHANNEL: (ActionClass.SIGNALING,),
}
_LOGGED = frozenset(
    {
        ObservableState.OBSERVED,
        ObservableState.PARTLY,
        ObservableState.NOT_COLLECTED,
        ObservableState.NOT_DELIVERED,
    }
)
"""The states in which a trail's selectors take at least some calls of the class."""


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each (trail, Region) whose selectors take some media calls of a stream and leave out others."""
    holes: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for stream in facts.snapshot.streams:
        answers = [facts.coverage.of(stream.arn, kind) for kind in _MEDIA[stream.kind]]
        logged = [answer for answer in answers if answer.state in _LOGGED]
        left_out = [
            name for answer in answers if answer.state is not ObservableState.UNKNOWN for name in answer.missing
        ]
        if logged and left_out:
            holes[_trail(logged), stream.region][stream.arn].update(left_out)
        elif any(answer.state is ObservableState.UNKNOWN for answer in answers):
            yield _untold(stream, answers)
    for (trail, region), streams in holes.items():
        names = sorted({name for left_out in streams.values() for name in left_out})
        yield Violation(
            trail,
            f"{trail.rpartition('/')[2]} leaves out {listed(names)} on {counted(len(streams), 'stream')} of {region}",
            (
                setting("GetEventSelectors, calls left out", ", ".join(names), "/coverage"),
                streams_of("streams", sorted(streams)),
            ),
            region=region,
        )


def _trail(logged: list[Observable]) -> str:
    return next((answer.trail for answer in logged if answer.trail), "")


def _untold(stream: Stream, answers: list[Observable]) -> CannotTell:
    reason = next(answer.reason for answer in answers if answer.state is ObservableState.UNKNOWN)
    return CannotTell(stream.arn, reason, stream.region)


RULE = Rule(
    code="KVS-CT-04",
    title="Selector leaves holes",
    practice=Practice.CLOUDTRAIL,
    severity=Severity.MEDIUM,
    needs=needs.LOGGING,
    why=(
        "A selector with eventName, readOnly, resources.ARN or userIdentity.arn logs a part and looks complete. "
        "readOnly=false loses who watched, readOnly=true who sent; both look like a quiet night."
    ),
    fix=Fix(
        "Select by eventCategory and resources.type alone.",
        cli=(
            "aws cloudtrail get-event-selectors --region <region> --trail-name <subject>\n"
            "# leave eventCategory and resources.type in the KVS selector, take out the rest, then:\n"
            "aws cloudtrail put-event-selectors --region <region> --trail-name <subject> "
            "--advanced-event-selectors file://selectors.json"
        ),
    ),
    references=(DATA_EVENTS,),
    check=check,
    unit="streams and channels",
    subjects=lambda facts: len(facts.snapshot.streams),
)
