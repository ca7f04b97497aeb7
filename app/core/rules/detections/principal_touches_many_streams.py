"""One reader reads many streams, far more than on any day before."""

from collections import defaultdict
from collections.abc import Iterator

from app.core.coverage.days import MEDIA_READS
from app.core.model.event import Event
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules.calls import is_by_service, reader_name, reader_of, reads_media, succeeded, within
from app.core.rules.evidence import count, events
from app.core.rules.facts import DetectionFacts
from app.core.rules.learning import too_little_known
from app.core.rules.names import counted, name_of
from app.core.rules.rule import BEST_PRACTICES, Fix, Rule

MANY = 10
"""Below this a person searches for something; a wall of screens shows as many, and is known for it."""
TIMES = 3
"""Three times the most of any day before: growth by new cameras is slower than that."""


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each reader who read at least MANY streams on this day, and TIMES as many as on any day before."""
    untold = list(too_little_known(facts))
    yield from untold
    # By Region and name: most calls name a stream by its ARN, some by its name alone.
    by_reader: dict[str, dict[tuple[str, str], Event]] = defaultdict(dict)
    for event in within(facts) if not untold else ():
        if event.stream and reads_media(event) and succeeded(event) and not is_by_service(event):
            by_reader[reader_of(event)].setdefault((event.region, name_of(event.stream)), event)
    for reader, streams in by_reader.items():
        most = max(facts.history.streams_a_day.get(reader, {}).values(), default=0)
        if len(streams) >= MANY and len(streams) >= TIMES * most:
            yield _violation(reader, list(streams.values()), most)


def _violation(reader: str, first_calls: list[Event], most: int) -> Violation:
    last = first_calls[-1].event_time
    return Violation(
        reader,
        f"{reader_name(reader)} read {counted(len(first_calls), 'stream')} on {last:%d %B}; "
        + (f"on no day before more than {most}" if most else "none before"),
        (count(f"streams read on one day, most before {last:%Y-%m-%d}", str(most)), *events(first_calls)),
        first_at=first_calls[0].event_time,
        last_at=last,
    )


RULE = Rule(
    code="KVS-DT-07",
    title="One reader touches many streams",
    practice=Practice.BEHAVIOUR,
    severity=Severity.HIGH,
    needs=(),
    why="Who looks for something specific looks at few cameras. Who looks at all of them is taking stock.",
    fix=Fix("Ask the owner of the role what it does. If nobody knows, revoke its sessions and narrow its streams."),
    references=(BEST_PRACTICES,),
    check=check,
    rests_on=MEDIA_READS,
    unit="readers",
    subjects=lambda facts: len({reader_of(event) for event in within(facts) if reads_media(event)}),
)
