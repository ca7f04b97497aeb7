"""Somebody reads media who never did before."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from app.core.coverage.days import MEDIA_READS
from app.core.model.event import Event
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules.calls import reads_media, succeeded, within
from app.core.rules.evidence import events
from app.core.rules.facts import DetectionFacts
from app.core.rules.learning import too_little_known
from app.core.rules.names import counted, listed, name_of
from app.core.rules.rule import BEST_PRACTICES, Fix, Rule


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each role and user that read media on this day and on no day before.

    The role counts, not the person: a new colleague in an old role is for the directory to know. A new task or a new
    camera changes neither.
    """
    untold = list(too_little_known(facts))
    yield from untold
    first_reads = _first_reads(facts)
    by_principal: dict[str, list[Event]] = defaultdict(list)
    for event in within(facts) if not untold else ():
        if reads_media(event) and succeeded(event):
            by_principal[event.actor.principal].append(event)
    for principal, calls in by_principal.items():
        if first_reads.get(principal, facts.window.start) >= facts.window.start:
            streams = sorted({name_of(call.stream) for call in calls if call.stream})
            yield Violation(
                principal,
                f"{name_of(principal)} read media for the first time, of {listed(streams) or 'streams not named'}: "
                f"{counted(len(calls), 'call')}",
                events(calls),
                first_at=calls[0].event_time,
                last_at=calls[-1].event_time,
            )


def _first_reads(facts: DetectionFacts) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    # A record that names no stream is a read all the same: its network tells of it.
    for (reader, _), first in (*facts.history.first_reads.items(), *facts.history.first_networks.items()):
        principal = reader.partition(" ")[0]
        found[principal] = min(first, found.get(principal, first))
    return found


RULE = Rule(
    code="KVS-DT-02",
    title="New reader of media",
    practice=Practice.BEHAVIOUR,
    severity=Severity.MEDIUM,
    needs=(),
    why="A right that was never used and now is: a new application, or somebody who found it.",
    fix=Fix("Ask the owner of the role. If nobody expects it, take the media rights away and look at what was read."),
    references=(BEST_PRACTICES,),
    check=check,
    rests_on=MEDIA_READS,
    version=2,
    unit="readers",
    subjects=lambda facts: len({event.actor.principal for event in within(facts) if reads_media(event)}),
)
