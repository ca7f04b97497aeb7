"""One key used from two networks for different work: it lies in two hands."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from app.core.coverage.observe import ActionClass
from app.core.kvs.actions import ACTIONS, Group
from app.core.model.event import Event, KeyKind
from app.core.model.finding import CannotTell, Evidence, Practice, Severity, Violation
from app.core.rules.calls import is_by_service, is_kvs, network_of, reader_of, within
from app.core.rules.evidence import count, events, period, setting
from app.core.rules.facts import DetectionFacts
from app.core.rules.known import IDENTITY
from app.core.rules.names import listed, name_of
from app.core.rules.rule import BEST_PRACTICES, Fix, Rule

_TELLING = frozenset(
    {
        Group.MEDIA_READ_LIVE,
        Group.MEDIA_READ_ARCHIVE,
        Group.PLAYBACK_URL,
        Group.SIGNALING_VIEWER,
        Group.LIFECYCLE_WRITE,
        Group.CONFIG_WRITE,
        Group.TAGGING,
    }
)
"""Kinds of work that a thief is after. A camera on a mobile network changes its address all day and only ever sends."""


def check(facts: DetectionFacts) -> Iterator[Violation | CannotTell]:
    """Yield each access key that was used from its usual network and, for work it never does there, from another.

    Usual is the network with most calls of the day. A person who took a session home is known there from earlier days.
    """
    by_key: dict[str, list[Event]] = defaultdict(list)
    for event in within(facts):
        if event.access_key and is_kvs(event) and not is_by_service(event):
            by_key[event.access_key].append(event)
    for key, calls in by_key.items():
        strange = _strange(facts, calls)
        if strange:
            yield _violation(key, calls, strange)


def _strange(facts: DetectionFacts, calls: list[Event]) -> list[Event]:
    networks = _networks(calls)
    if len(networks) < 2:  # noqa: PLR2004 - one network is where it lives
        return []
    usual = max(networks, key=lambda network: networks[network])
    usual_work = {_group(call) for call in calls if _network(call) == usual}
    return [
        call
        for call in calls
        if _network(call) not in {usual, None} and _group(call) in _TELLING - usual_work and not _was_known(facts, call)
    ]


def _was_known(facts: DetectionFacts, call: Event) -> bool:
    """Whether the same reader read from this network before the day; a long-term key is no person who travels."""
    if call.key_kind is KeyKind.LONG_TERM:
        return False
    first = facts.history.first_networks.get((reader_of(call), _network(call) or ""))
    return first is not None and first < facts.window.start


def _networks(calls: list[Event]) -> Mapping[str, int]:
    return Counter(network for call in calls if (network := _network(call)) is not None)


def _network(call: Event) -> str | None:
    return network_of(call.address, call.vpc_endpoint_id)


def _group(call: Event) -> Group | None:
    action = ACTIONS.get(call.action)
    return action.group if action is not None else None


def _violation(key: str, calls: list[Event], strange: list[Event]) -> Violation:
    is_long_term = strange[-1].key_kind is KeyKind.LONG_TERM
    networks = _networks(calls)
    where = sorted({network for call in strange if (network := _network(call)) is not None})
    what = listed(sorted({call.action for call in strange}))
    kind = "long-term key" if is_long_term else "session"
    return Violation(
        key,
        f"A {kind} of {name_of(strange[-1].actor.principal)} was used from {listed(where)} for {what}, "
        "which it does not do from its usual network",
        (
            *(_calls_from(network, calls) for network, _ in sorted(networks.items(), key=lambda i: -i[1])[:5]),
            *events(strange),
            setting(IDENTITY, strange[-1].actor.principal),
        ),
        Severity.CRITICAL if is_long_term else Severity.HIGH,
        first_at=strange[0].event_time,
        last_at=strange[-1].event_time,
    )


def _calls_from(network: str, calls: list[Event]) -> Evidence:
    times = [call.event_time for call in calls if _network(call) == network]
    return count(f"calls from {network}", f"{len(times):,}, {period(times[0], times[-1])}")


RULE = Rule(
    code="KVS-CR-04",
    title="One key or session used from several networks",
    practice=Practice.ROLES_NOT_KEYS,
    severity=Severity.HIGH,
    needs=(),
    why=(
        "Credentials live in one place. The same key at work in two networks at once, for different things, is the "
        "usual sight of a stolen one."
    ),
    fix=Fix(
        "Make a long-term key inactive; revoke the sessions of a role. Then look at all that the key did.",
        cli=(
            "aws iam get-access-key-last-used --access-key-id <subject>\n"
            "aws iam update-access-key --user-name <user> --access-key-id <subject> --status Inactive"
        ),
    ),
    references=(BEST_PRACTICES,),
    check=check,
    rests_on=tuple(ActionClass),
    unit="keys",
    version=2,
)
