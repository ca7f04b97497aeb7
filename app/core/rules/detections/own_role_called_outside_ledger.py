"""A call by kvswatch's own role that kvswatch did not make."""

from collections.abc import Iterator

from app.core.coverage.observe import ActionClass
from app.core.model.event import Event
from app.core.model.finding import CannotTell, Evidence, Practice, Severity, Violation
from app.core.own import HOUR, Ownership, RoleCall, api_of, foreign_sessions, ownership
from app.core.rules.calls import within
from app.core.rules.evidence import MOST_EVENTS, count, events, period, setting
from app.core.rules.facts import DetectionFacts
from app.core.rules.names import counted, listed
from app.core.rules.rule import Fix, Rule


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield the scanner's role with the calls, and the sessions, that the ledger of own calls does not hold.

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
    sessions = [session for session in foreign_sessions(work) if session.at in facts.window]
    if foreign or sessions:
        yield _violation(work.role_arn, foreign, sessions)
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


def _violation(role: str, foreign: list[Event], sessions: list[RoleCall]) -> Violation:
    found = (*_told_of_calls(foreign), *_told_of_sessions(sessions))
    times = sorted([*(event.event_time for event in foreign), *(session.at for session in sessions)])
    addresses = {event.address for event in foreign} | {session.address for session in sessions}
    return Violation(
        role,
        f"kvswatch's own role {' and '.join(found)} that kvswatch did not make",
        (
            count(f"addresses, {period(times[0], times[-1])}", listed(sorted(filter(None, addresses)))),
            *events(foreign),
            *(_evidence(session) for session in sessions[:MOST_EVENTS]),
        ),
        first_at=times[0],
        last_at=times[-1],
    )


def _told_of_calls(foreign: list[Event]) -> Iterator[str]:
    if foreign:
        what = listed(sorted({event.action for event in foreign}))
        yield f"made {counted(len(foreign), 'call')} ({what})"


def _told_of_sessions(sessions: list[RoleCall]) -> Iterator[str]:
    if sessions:
        yield f"was assumed by {counted(len(sessions), 'call')} of AssumeRole"


def _evidence(session: RoleCall) -> Evidence:
    text = f"AssumeRole as {session.session_name or 'an unnamed session'} from {session.address or 'no known address'}"
    return setting(f"{session.at:%Y-%m-%d %H:%M:%SZ}", text)


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
    rests_on=(ActionClass.MANAGEMENT,),
    unit="calls of our own",
)
