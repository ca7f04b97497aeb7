"""Recorded media fetched at an hour at which this reader never works."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from app.core.coverage.observe import ActionClass
from app.core.model.event import Event
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules.calls import is_by_service, reader_name, reader_of, reads_recorded_media, succeeded, within
from app.core.rules.evidence import count, events
from app.core.rules.facts import DetectionFacts
from app.core.rules.learning import too_little_known
from app.core.rules.names import counted, listed, name_of
from app.core.rules.rule import BEST_PRACTICES, Fix, Rule

FEWEST_CALLS = 10
"""A look at one clip is a few calls; below this nobody carries an archive away."""
FEWEST_DAYS = 5
"""A working week: who was here on fewer days has no hours yet."""
USUAL_ON_DAYS = 3
"""On so many days an hour becomes one of a reader's usual ones: once or twice is no habit."""
TOLERANCE_H = 2
"""An early start, a late end, and the hour by which daylight-saving time moves every habit in UTC."""
_HOURS = 24


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each reader who fetched recorded media, many times, hours away from all hours at which it usually does."""
    untold = list(too_little_known(facts))
    yield from untold
    by_reader: dict[str, list[Event]] = defaultdict(list)
    for event in within(facts) if not untold else ():
        if reads_recorded_media(event) and succeeded(event) and not is_by_service(event):
            by_reader[reader_of(event)].append(event)
    for reader, calls in by_reader.items():
        habit = facts.history.hours.get(reader, frozenset())
        if len({day for day, _ in habit}) < FEWEST_DAYS:
            continue
        usual = sorted(hour for hour, days in Counter(hour for _, hour in habit).items() if days >= USUAL_ON_DAYS)
        odd = [call for call in calls if usual and _distance(call.event_time.hour, usual) > TOLERANCE_H]
        if len(odd) >= FEWEST_CALLS:
            yield _violation(reader, odd, usual)


def _distance(hour: int, usual: list[int]) -> int:
    """Return the hours between an hour of the day and the nearest usual one, around midnight too."""
    return min(min((hour - known) % _HOURS, (known - hour) % _HOURS) for known in usual)


def _violation(reader: str, odd: list[Event], usual: list[int]) -> Violation:
    first, last = odd[0].event_time, odd[-1].event_time
    streams = listed(sorted({name_of(call.stream) for call in odd if call.stream}))
    what = counted(len(odd), "time")
    return Violation(
        reader,
        f"{reader_name(reader)} fetched recorded media{f' of {streams}' if streams else ''} {what} "
        f"on {first:%d %B} between {first:%H:%M} and {last:%H:%MZ}, hours away from the usual ones",
        (count(f"usual hours before {first:%Y-%m-%d}, UTC", ", ".join(f"{hour:02d}" for hour in usual)), *events(odd)),
        first_at=first,
        last_at=last,
    )


RULE = Rule(
    code="KVS-DT-09",
    title="Recorded media fetched at an unusual hour",
    practice=Practice.BEHAVIOUR,
    severity=Severity.HIGH,
    needs=(),
    why=(
        "Whoever takes recordings away without being asked does it when nobody looks. The rights are in order, the "
        "hour is not. A batch that runs every night is usual at night, and stays silent."
    ),
    fix=Fix(
        "Ask the person, with somebody of the works council or legal where that is due. Footage that was fetched is "
        "out of reach: what was in it decides what comes next.",
    ),
    references=(BEST_PRACTICES,),
    check=check,
    rests_on=(ActionClass.READ,),
    unit="readers",
    subjects=lambda facts: len({reader_of(event) for event in within(facts) if reads_recorded_media(event)}),
)
