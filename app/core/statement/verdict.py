"""What can be stated: none and proven, none seen and why that proves nothing, or how many reads there were."""

from collections.abc import Iterator

from app.core.coverage.gaps import REACH
from app.core.coverage.seen import IN_PART
from app.core.rules.names import counted, name_of
from app.core.statement.evidence import MOST_BESIDE, Beside, Doubt, Evidence, Judgement, Reason, Verdict

_MOST_NAMED = 3


def judged(evidence: Evidence) -> Judgement:
    """Return the verdict: NONE is proven only where no doubt is left, and no doubt hides a read."""
    reasons = tuple(doubts(evidence))
    unsure = evidence.unsure + evidence.counted
    if evidence.reads:
        return Judgement(Verdict.READS, evidence.reads, reasons, unsure)
    return Judgement(Verdict.NOT_PROVABLE if reasons else Verdict.PROVEN, 0, reasons, unsure)


def doubts(evidence: Evidence) -> Iterator[Reason]:
    """Yield every reason for which there may have been a read that nobody sees, those of the most time first."""
    yield from _of_time(evidence)
    yield from _of_coverage(evidence)
    yield from _of_hours(evidence)
    yield from _of_counts(evidence)
    yield from _of_records(evidence)
    yield from _of_calls_beside(evidence)
    if evidence.images_to:
        yield Reason(Doubt.IMAGES, f"its images go to {evidence.images_to}, where nobody looks at who reads them")
    for text in evidence.refuted:
        yield Reason(Doubt.REFUTED, f"a record of AWS refutes what this rests on: {text}")


def _of_time(evidence: Evidence) -> Iterator[Reason]:
    if evidence.end > evidence.now:
        yield Reason(Doubt.NOT_OVER, "the interval is not over")
    if evidence.unlooked:
        yield Reason(Doubt.LEFT_OUT, f"calls {evidence.unlooked} are not looked at, and may have asked for this video")


def _of_coverage(evidence: Evidence) -> Iterator[Reason]:
    seen = evidence.seen
    if seen.is_whole and _reaches_over(evidence):
        return
    why = f": {seen.reasons}" if seen.reasons else ""
    if not seen.moments:
        yield Reason(Doubt.NOT_OBSERVED, "whether its reads are logged is not known")
    elif seen.is_dark:
        yield Reason(Doubt.NOT_OBSERVED, f"none of the time was observable{why}")
    elif seen.share == IN_PART:
        yield Reason(Doubt.NOT_OBSERVED, f"reads were observable in part only{why}")
    else:
        yield Reason(Doubt.NOT_OBSERVED, f"only {seen.share} of the time was observable{why}")


def _reaches_over(evidence: Evidence) -> bool:
    """Whether the coverage told is that of all of the interval that is over: what is not told is not observed."""
    moments = evidence.seen.moments
    return moments[0].start <= evidence.start and moments[-1].end >= min(evidence.end, evidence.now)


def _of_hours(evidence: Evidence) -> Iterator[Reason]:
    hours = evidence.hours
    if hours.broken:
        what = "are not as CloudTrail delivered them, or nothing proves that they are"
        yield Reason(Doubt.BROKEN, f"log files of {_hours(hours.broken)} {what}")
    if hours.unverified or not hours.total:
        count = _hours(hours.unverified) if hours.total else "its hours"
        yield Reason(Doubt.UNVERIFIED, f"the log files of {count} are unverified")
    elif evidence.end <= evidence.now < evidence.end + REACH:
        # Whatever is verified by now: no hour after it was looked at.
        yield Reason(Doubt.UNVERIFIED, "log files of its last calls may still be delivered")


def _of_counts(evidence: Evidence) -> Iterator[Reason]:
    missing = evidence.compared.missing
    if missing:
        named = _listed(f"{one.missing:,} of {one.action} on {one.day:%Y-%m-%d}" for one in missing)
        yield Reason(Doubt.COUNTED, f"CloudWatch counted requests that no event tells of: {named}")
    plays = evidence.compared.plays
    if plays:
        total = sum(one.requests for one in plays)
        days = len({one.day for one in plays})
        text = f"CloudWatch counted {counted(total, 'request')} of players on {counted(days, 'day')}"
        yield Reason(Doubt.PLAYED, f"{text}: whoever holds a playback URL leaves no event")


def _of_records(evidence: Evidence) -> Iterator[Reason]:
    if evidence.rejected:
        yield Reason(Doubt.REJECTED, f"{counted(evidence.rejected, 'record')} that may be of it could not be read")
    if evidence.unnamed:
        yield Reason(Doubt.UNNAMED, f"{counted(evidence.unnamed, 'read')} of its Region named no stream")
    if evidence.unsure:
        listed = (
            f"; {evidence.unsure_listed:,} of them were made with an access key that listed fragments of it"
            if evidence.unsure_listed
            else ""
        )
        text = f"of {counted(evidence.unsure, 'read')} it is not known which video was asked for{listed}"
        yield Reason(Doubt.UNSURE, text)
    if evidence.counted:
        text = f"{counted(evidence.counted, 'read')} of whole days {'is' if evidence.counted == 1 else 'are'} counted"
        yield Reason(Doubt.NOT_KEPT, f"{text} whose calls are not kept any more")
    if evidence.is_cut:
        yield Reason(Doubt.CUT, "there were more calls than are looked at")


def _of_calls_beside(evidence: Evidence) -> Iterator[Reason]:
    if evidence.alive:
        named = _listed(map(_url, evidence.alive))
        yield Reason(Doubt.ALIVE, f"playback URLs of before were alive in it, and who opens one is not logged: {named}")
    if evidence.lasting:
        named = _listed(f"{one.action} by {_who(one)} at {one.at:%Y-%m-%d %H:%M:%SZ}" for one in evidence.lasting)
        yield Reason(Doubt.LASTING, f"calls beside it may have lasted into it: {named}")


def _url(one: Beside) -> str:
    until = f"until {one.until:%Y-%m-%d %H:%M:%SZ}" if one.until else "until nobody knows when"
    return f"issued to {_who(one)}, {until}"


def _who(one: Beside) -> str:
    return name_of(one.who) or "an unknown caller"


def _listed(names: Iterator[str]) -> str:
    found = list(names)
    rest = min(len(found), MOST_BESIDE) - _MOST_NAMED
    more = f" and {'more than ' if len(found) > MOST_BESIDE else ''}{rest} more" if rest > 0 else ""
    return ", ".join(found[:_MOST_NAMED]) + more


def _hours(count: int) -> str:
    return counted(count, "hour")
