"""A device put video into the stream of another device that goes on sending."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from app.core.coverage.observe import ActionClass
from app.core.model.event import Event
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules import needs
from app.core.rules.calls import succeeded, within
from app.core.rules.evidence import events, setting
from app.core.rules.facts import DetectionFacts
from app.core.rules.known import SESSION
from app.core.rules.names import counted, name_of
from app.core.rules.policies import is_device_role, policy_book
from app.core.rules.rule import HOW_IOT, Fix, Rule

_SHORT = 12
_Stream = tuple[str, str]
"""Region and name: some programs name a stream by its ARN, others by its name alone."""


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each stream into which a device wrote that sends mostly elsewhere, while its own device goes on sending.

    Which stream is whose is learnt from the day's calls: sessions of AWS IoT carry the certificate, not the thing.
    A swapped or moved camera takes over a stream whose former device falls silent, and is no violation.
    """
    calls = _device_calls(facts)
    arns = {_stream(call): call.stream for call in calls if call.stream and call.stream.startswith("arn:")}
    by_stream: dict[_Stream, Counter[str]] = defaultdict(Counter)
    by_device: dict[str, Counter[_Stream]] = defaultdict(Counter)
    for call in calls:
        stream, device = _stream(call), _device(call)
        by_stream[stream][device] += 1
        by_device[device][stream] += 1
    homes = {device: streams.most_common(1)[0][0] for device, streams in by_device.items()}
    for stream, writers in by_stream.items():
        # Its own device sends mostly here: whoever broke in may have begun more often. A swapped camera leaves two.
        owners = {device for device in writers if homes[device] == stream} or {writers.most_common(1)[0][0]}
        for device in writers:
            home = homes[device]
            if device in owners:
                continue
            there = [call for call in calls if _stream(call) == stream]
            foreign = [call for call in there if _device(call) == device]
            last_of_own = max(call.event_time for call in there if _device(call) in owners)
            if last_of_own > foreign[0].event_time:
                yield _violation(arns.get(stream, stream[1]), device, home[1], foreign)


def _device_calls(facts: DetectionFacts) -> list[Event]:
    book = policy_book(facts.snapshot.iam)
    roles = {arn for arn, principal in book.principals.items() if is_device_role(principal)}
    return [
        event
        for event in within(facts)
        if event.action == "PutMedia"
        and event.actor.principal in roles
        and event.stream
        and event.actor.session_name
        and succeeded(event)
    ]


def _stream(call: Event) -> _Stream:
    return call.region, name_of(call.stream or "")


def _device(call: Event) -> str:
    return f"{call.actor.principal} {call.actor.session_name}"


def _violation(stream: str, device: str, home: str, foreign: list[Event]) -> Violation:
    session = device.partition(" ")[2]
    name = session if len(session) <= _SHORT else f"{session[:_SHORT]}…"
    return Violation(
        stream,
        f"The device of {home} (session {name}) wrote to {name_of(stream)} {counted(len(foreign), 'time')}, "
        "while that stream's own device went on sending",
        (*events(foreign), setting(SESSION, session)),
        region=foreign[0].region,
        first_at=foreign[0].event_time,
        last_at=foreign[-1].event_time,
    )


RULE = Rule(
    code="KVS-DV-04",
    title="Device wrote to a stream that is not its own",
    practice=Practice.DEVICES,
    severity=Severity.HIGH,
    needs=(needs.IAM,),
    why=(
        "Two devices in one stream is false footage under a trusted name, or a camera whose credentials are used by "
        "somebody else. The role allows it, because nothing binds a device to its stream."
    ),
    fix=Fix(
        "Bind the fleet's role to the device (stream/${credentials-iot:ThingName}/*), and find out what runs on the "
        "device that wrote. If it is stolen, make its certificate inactive; its sessions live on for up to 12 hours.",
        cli="aws iot update-certificate --certificate-id <session> --new-status INACTIVE",
    ),
    references=(HOW_IOT,),
    check=check,
    rests_on=(ActionClass.WRITE,),
    unit="devices",
    version=3,
    subjects=lambda facts: len({_device(call) for call in _device_calls(facts)}),
)
