"""A known reader reads from a network that it never came from."""

from collections import defaultdict
from collections.abc import Iterator

from app.core.coverage.days import MEDIA_READS
from app.core.model.event import Event
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules.calls import is_by_service, network_of, reader_name, reader_of, reads_media, succeeded, within
from app.core.rules.evidence import count, events
from app.core.rules.facts import DetectionFacts
from app.core.rules.learning import too_little_known
from app.core.rules.names import listed, name_of
from app.core.rules.rule import BEST_PRACTICES, Fix, Rule

SETTLED = 3
"""A reader with more networks than these in a month travels, or runs on lent addresses: one more says nothing."""


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each reader with a usual network, or a few, who read media from another one for the first time."""
    untold = list(too_little_known(facts))
    yield from untold
    usual = _usual(facts)
    by_reader: dict[str, list[Event]] = defaultdict(list)
    for event in within(facts) if not untold else ():
        network = network_of(event.address, event.vpc_endpoint_id)
        reader = reader_of(event)
        if (
            network is not None
            and reads_media(event)
            and succeeded(event)
            and not is_by_service(event)
            and 0 < len(usual[reader]) <= SETTLED
            and network not in usual[reader]
        ):
            by_reader[reader].append(event)
    for reader, calls in by_reader.items():
        yield _violation(reader, calls, usual[reader])


def _usual(facts: DetectionFacts) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for (reader, network), first in facts.history.first_networks.items():
        if first < facts.window.start:
            found[reader].add(network)
    return found


def _violation(reader: str, calls: list[Event], usual: set[str]) -> Violation:
    networks = sorted({found for call in calls if (found := network_of(call.address, call.vpc_endpoint_id))})
    streams = listed(sorted({name_of(call.stream) for call in calls if call.stream}))
    return Violation(
        reader,
        f"{reader_name(reader)} read media{f' of {streams}' if streams else ''} from {listed(networks)}, "
        "where it never came from before",
        (count(f"networks before {calls[0].event_time:%Y-%m-%d}", ", ".join(sorted(usual))), *events(calls)),
        first_at=calls[0].event_time,
        last_at=calls[-1].event_time,
    )


RULE = Rule(
    code="KVS-DT-03",
    title="Known reader from a new network",
    practice=Practice.BEHAVIOUR,
    severity=Severity.HIGH,
    needs=(),
    why="Stolen credentials do what their owner does, from somewhere else.",
    fix=Fix(
        "Ask whoever is behind the session whether it was them. If not, revoke the sessions of the role, and follow "
        "the chain of sessions to where it begins.",
    ),
    references=(BEST_PRACTICES,),
    check=check,
    rests_on=MEDIA_READS,
    unit="readers",
    subjects=lambda facts: len({reader_of(event) for event in within(facts) if reads_media(event)}),
)
