"""A call by kvswatch's own role that kvswatch did not make."""

from collections.abc import Iterator

from app.core.model.event import Event
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.own import HOUR, Ownership, RoleCall, api_of, ownership
from app.core.rules.calls import within
from app.core.rules.evidence import count, events
from app.core.rules.facts import DetectionFacts
from app.core.rules.names import counted, listed
from app.core.rules.rule import Fix, Rule


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield the scanner's role with the calls that the ledger of own calls does not hold.

    Calls that the ledger has room for, but that came from where nobody saw us call from, are told as such: they are
    ours from behind another address, or somebody's who comes before our own are delivered.
    """
    work = facts.own_work
    if work is None or work.since is None:
        return
    calls = [event for event in facts.events if event.actor.principal == work.role_arn]
    verdicts = ownership([_role_call(event) for event in calls], work)
    judged = [event for event in within(facts) if event.actor.principal == work.role_arn]
    foreign = [event for event in judged if verdicts[event.event_id] is Ownership.FOREIGN]
    unknown = [event for event in judged if verdicts[event.event_id] is Ownership.UNKNOWN]
    if foreign:
        yield _violation(work.role_arn, foreign)
    elif any(event.event_time >= work.since + HOUR for event in unknown):
        yield CannotTell(work.role_arn, _doubt(unknown))


def _role_call(event: Event) -> RoleCall:
    return RoleCall(
        event.event_time,
        event.event_id,
        api_of(event.source, event.action),
        event.region,
        event.actor.session_name,
        event.address,
    )


def _violation(role: str, foreign: list[Event]) -> Violation:
    what = listed(sorted({event.action for event in foreign}))
    return Violation(
        role,
        f"kvswatch's own role made {counted(len(foreign), 'call')} ({what}) that kvswatch did not make",
        (count("addresses", listed(_addresses(foreign))), *events(foreign)),
        first_at=foreign[0].event_time,
        last_at=foreign[-1].event_time,
    )


def _doubt(unknown: list[Event]) -> str:
    calls = counted(len(unknown), "call")
    return (
        f"{calls} of kvswatch's role from {listed(_addresses(unknown)) or 'addresses not logged'}: as many as kvswatch "
        "made, but its role was not seen to be assumed from there"
    )


def _addresses(calls: list[Event]) -> list[str]:
    return sorted({event.address for event in calls if event.address})


RULE = Rule(
    code="KVS-OP-01",
    title="kvswatch's own role was used by somebody else",
    practice=Practice.BEHAVIOUR,
    severity=Severity.CRITICAL,
    needs=(),
    why=(
        "The role that kvswatch reads with sees every account. kvswatch counts each call that it makes; one more in "
        "the log, or one under another session name, was made by somebody else who can use the role. It must not hide "
        "among our own calls."
    ),
    fix=Fix(
        "Revoke the sessions of the role, give it another external ID, and look at where its caller's credentials lie.",
        cli="aws iam update-assume-role-policy --role-name <name> --policy-document file://trust.json",
    ),
    references=(),
    check=check,
    unit="calls of our own",
)
