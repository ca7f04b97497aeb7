"""What the log could not show of the day judged: a rule that found nothing there has not looked."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.model.finding import CannotTell
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind
from app.core.rules import needs
from app.core.rules.facts import DetectionFacts
from app.core.rules.names import listed

WORDS = {
    ActionClass.READ: "media reads",
    ActionClass.WRITE: "media writes",
    ActionClass.SIGNALING: "signaling",
    ActionClass.MANAGEMENT: "management calls",
}
_ACTED_ON = {
    ActionClass.READ: (needs.STREAMS, ResourceKind.STREAM),
    ActionClass.WRITE: (needs.STREAMS, ResourceKind.STREAM),
    ActionClass.SIGNALING: (needs.CHANNELS, ResourceKind.CHANNEL),
}
"""What the calls of a class act on, and the part in which it is listed. There is always something to manage."""


def not_seen(classes: Iterable[ActionClass], facts: DetectionFacts) -> Iterator[CannotTell]:
    """Yield one answer a Region where calls of these classes were not observed all day; one where all say the same.

    The day is what of it is over. A Region that was read and has nothing that a class acts on is answered.
    """
    regions = regions_of(facts.snapshot) or ("",)
    asked = tuple(classes)
    found = {region: reason for region in regions if (reason := _reason(asked, region, facts))}
    if len(found) == len(regions) and len(set(found.values())) == 1:
        found = {"": found[regions[0]]}
    for region, reason in found.items():
        yield CannotTell("", reason, region)


def regions_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the Regions in which there may be something to watch: those that are read, or were."""
    tried = {part.region for part in snapshot.parts if part.name in {needs.STREAMS, needs.CHANNELS}}
    return tuple(sorted({*snapshot.account.regions, *tried, *(stream.region for stream in snapshot.streams)}))


def _reason(classes: tuple[ActionClass, ...], region: str, facts: DetectionFacts) -> str:
    """Return why a Region cannot be told of, the classes of one reason together; "" where all was observed."""
    told: dict[str, list[str]] = {}
    for kind in classes:
        for text in _told(kind, region, facts):
            told.setdefault(text, []).append(WORDS[kind])
    return "; ".join(f"{listed(words, len(ActionClass))} {text}" for text, words in told.items())


def _told(kind: ActionClass, region: str, facts: DetectionFacts) -> Iterator[str]:
    strip = next((strip for strip in facts.coverage if (strip.region, strip.kind) == (region, kind)), None)
    if strip is not None:
        yield from _holes(strip, facts)
        return
    listing, acted_on = _ACTED_ON.get(kind, (None, None))
    there = (stream.region == region and stream.kind is acted_on for stream in facts.snapshot.streams)
    if listing is None or any(there):
        yield "not observed: nothing is known of how they are logged"
    elif not (part := facts.snapshot.part(listing, region)).is_fresh:
        yield f"not observed: whether there is anything to watch is not known: {needs.unseen_reason(part)}"


def _holes(strip: Strip, facts: DetectionFacts) -> Iterator[str]:
    """Yield each reason once, with the times at which it held unless that is all of the day that is over."""
    start, over = facts.window.start, min(facts.window.end, facts.now)
    times: dict[tuple[str, str], list[str]] = {}
    for hole in strip.holes:
        much = "observed in part" if hole.state is ObservableState.PARTLY else "not observed"
        times.setdefault((much, hole.reason), []).append(_when(hole, start, over))
    for (much, reason), when in times.items():
        yield f"{' '.join(filter(None, (much, listed(when))))}: {reason}"


def _when(hole: Stretch, start: datetime, over: datetime) -> str:
    if hole.end < over:
        return f"from {hole.start:%H:%M} to {hole.end:%H:%MZ}"
    return f"since {hole.start:%H:%MZ}" if hole.start > start else ""
