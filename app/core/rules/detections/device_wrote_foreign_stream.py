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


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each stream into which a device wrote that sends mostly elsewhere, while its own device goes on sending.

    Which stream is whose is learnt from the day's calls: sessions of AWS IoT carry the certificate, not the thing.
    A swapped or moved camera takes over a stream whose former device falls silent, and is no violation.
    """
    calls = _device_calls(facts)
    by_stream: dict[str, Counter[str]] = defaultdict(Counter)
    by_device: dict[str, Counter[str]] = defaultdict(Counter)
    for call in calls:
        stream, device = call.stream or "", _device(call)
        by_stream[stream][device] += 1
        by_device[device][stream] += 1
    for stream, writers in by_stream.items():
        owner = writers.most_common(1)[0][0]
        for device in writers:
            home = by_device[device].most_common(1)[0][0]
            if device == owner or home == stream:
                continue
            foreign = [call for call in calls if call.stream == stream and _device(call) == device]
            last_of_owner = max(call.event_time for call in calls if call.stream == stream and _device(call) == owner)
            if last_of_owner > foreign[0].event_time:
                yield _violation(stream, device, home, foreign)


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


def _device(call: Event) -> str:
    return f"{call.actor.principal} {call.actor.session_name}"


def _violation(stream: str, device: str, home: str, foreign: list[Event]) -> Violation:
    session = device.partition(" ")[2]
    name = session if len(session) <= _SHORT else f"{session[:_SHORT]}…"
    return Violation(
        stream,
        f"The device of {name_of(home)} (session {name}) wrote to {name_of(stream)} {counted(len(foreign), 'time')}, "
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
    version=2,
    subjects=lambda facts: len({_device(call) for call in _device_calls(facts)}),
)
