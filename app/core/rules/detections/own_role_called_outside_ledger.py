"""A call by kvswatch's own role that kvswatch did not make."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.core.kvs.actions import PREFIX
from app.core.model.event import Event
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules.calls import within
from app.core.rules.evidence import count, events
from app.core.rules.facts import DetectionFacts
from app.core.rules.names import counted, listed
from app.core.rules.rule import Fix, Rule

_HOUR = timedelta(hours=1)


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield the scanner's role with the calls of an hour that the ledger of own calls does not hold.

    The ledger counts each attempt in the hour in which it began; AWS logs it when it ended: both neighbouring hours
    count. Until the ledger's first hour is over there is nothing to compare with.
    """
    if facts.own_calls_since is None:
        return
    since = facts.own_calls_since + _HOUR
    by_call: dict[tuple[datetime, str, str], list[Event]] = defaultdict(list)
    for event in within(facts):
        if event.actor.principal == facts.snapshot.account.role_arn and event.event_time >= since:
            by_call[_hour(event.event_time), f"{_service(event)}:{event.action}", event.region].append(event)
    unknown: list[Event] = []
    for (hour, api, region), calls in sorted(by_call.items()):
        made = sum(facts.own_calls.get((near, api, region), 0) for near in (hour - _HOUR, hour, hour + _HOUR))
        unknown.extend(calls[made:])
    if unknown:
        yield _violation(facts, sorted(unknown, key=lambda event: event.event_time))


def _violation(facts: DetectionFacts, unknown: list[Event]) -> Violation:
    role = facts.snapshot.account.role_arn
    what = listed(sorted({event.action for event in unknown}))
    addresses = sorted({event.address for event in unknown if event.address})
    return Violation(
        role,
        f"kvswatch's own role made {counted(len(unknown), 'call')} ({what}) that kvswatch did not make",
        (count("addresses", listed(addresses)), *events(unknown)),
        first_at=unknown[0].event_time,
        last_at=unknown[-1].event_time,
    )


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _service(event: Event) -> str:
    return PREFIX if event.source.startswith(PREFIX) else event.source.partition(".")[0]


RULE = Rule(
    code="KVS-OP-01",
    title="kvswatch's own role was used by somebody else",
    practice=Practice.BEHAVIOUR,
    severity=Severity.CRITICAL,
    needs=(),
    why=(
        "The role that kvswatch reads with sees every account. kvswatch counts each call that it makes; one more in "
        "the log was made by somebody who has its credentials. It must not hide among our own calls."
    ),
    fix=Fix(
        "Revoke the sessions of the role, give it another external ID, and look at where its caller's credentials lie.",
        cli="aws iam update-assume-role-policy --role-name <name> --policy-document file://trust.json",
    ),
    references=(),
    check=check,
    unit="calls of our own",
)
