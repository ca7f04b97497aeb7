"""A playback URL that opens the stream for hours, for whoever has it."""

from collections import defaultdict
from collections.abc import Iterator

from app.core.coverage.observe import ActionClass
from app.core.model.event import URL_LIFE_UNTOLD, Event
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules.calls import reader_name, reader_of, succeeded, within
from app.core.rules.evidence import count, events, period
from app.core.rules.facts import DetectionFacts
from app.core.rules.names import counted, listed, name_of
from app.core.rules.rule import Fix, Reference, Rule

LONGEST_S = 3600
"""AWS's default is 300 s and its limit 43,200 s; an hour covers a meeting."""
_HOUR_S = 3600


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each reader who drew playback URLs that live longer than an hour.

    Of one whose records have no parameters it cannot tell.
    """
    by_reader: dict[str, list[Event]] = defaultdict(list)
    untold: dict[str, int] = defaultdict(int)
    for event in within(facts):
        if succeeded(event) and (event.url_expires_s or 0) > LONGEST_S:
            by_reader[reader_of(event)].append(event)
        elif succeeded(event) and event.url_expires_s == URL_LIFE_UNTOLD:
            untold[reader_of(event)] += 1
    for reader in sorted(untold.keys() - by_reader.keys()):
        yield CannotTell(reader, f"the records of {counted(untold[reader], 'playback URL')} do not tell for how long")
    for reader, calls in by_reader.items():
        longest = max(call.url_expires_s or 0 for call in calls)
        streams = listed(sorted({name_of(call.stream) for call in calls if call.stream}))
        issued = period(calls[0].event_time, calls[-1].event_time)
        yield Violation(
            reader,
            f"A playback URL for {longest / _HOUR_S:.3g} h was issued to {reader_name(reader)}"
            + (f", of {streams}" if streams else "")
            + "; who opened it is not logged",
            (
                count(
                    "URLs that live longer than an hour",
                    f"{len(calls):,}, {issued}",
                ),
                *events(calls),
            ),
            first_at=calls[0].event_time,
            last_at=calls[-1].event_time,
        )


RULE = Rule(
    code="KVS-DT-05",
    title="Playback URL with a long life",
    practice=Practice.BEHAVIOUR,
    severity=Severity.MEDIUM,
    needs=(),
    why=(
        "A playback URL is a key: whoever has it watches, from anywhere, until it expires, and neither IAM nor "
        "CloudTrail knows who it was. It cannot be called back."
    ),
    fix=Fix(
        "Ask for URLs of a few minutes (Expires) and draw a new one when the player needs it.",
        cli=(
            "aws kinesis-video-archived-media get-hls-streaming-session-url --endpoint-url ENDPOINT \\\n"
            "  --stream-name STREAM-NAME --playback-mode LIVE --expires 300"
        ),
    ),
    references=(
        Reference(
            "KVS API Reference: GetHLSStreamingSessionURL",
            "https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_reader_GetHLSStreamingSessionURL.html",
        ),
    ),
    check=check,
    rests_on=(ActionClass.READ,),
    unit="playback URLs",
    subjects=lambda facts: sum(1 for event in within(facts) if event.url_expires_s is not None),
)
