"""A producer that may also watch."""

from collections.abc import Iterator

from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts
from app.core.rules.holders import SENDS, held_on, media_reads, producers, undecided
from app.core.rules.names import counted, listed
from app.core.rules.pasted import NO_PICTURES
from app.core.rules.policies import granting, is_device_role, patterns_for
from app.core.rules.rule import BEST_PRACTICES, HOW_IOT, Fix, Rule


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each producer that may read media of any stream, or view any channel."""
    for principal, actions in producers(facts):
        reads = media_reads(actions)
        if not reads:
            continue
        targets = frozenset(target for name in reads for target in held_on(actions, name))
        reach = counted(len(targets), "stream or channel", "streams and channels")
        who = "devices carry its credentials" if is_device_role(principal) else "it may send media too"
        yield Violation(
            principal.arn,
            f"{principal.name} may read media of {reach} by {listed(reads)}, and {who}",
            tuple(
                statement(policy, found, patterns_for(found, reads[0]))
                for policy, found in granting(facts.book, principal, reads[0])
            ),
        )
    yield from undecided(facts, SENDS)


def _count(facts: PostureFacts) -> int:
    return sum(1 for _ in producers(facts))


RULE = Rule(
    code="KVS-LP-03",
    title="Producer may read media",
    practice=Practice.LEAST_PRIVILEGE,
    severity=Severity.HIGH,
    needs=needs.PERMISSIONS,
    why=(
        "A camera never needs to watch. With read rights, one stolen device shows what all the others see. AWS's page "
        "names exactly this: a producer should have no GetMedia."
    ),
    fix=Fix(
        "Take the read actions out of the producer's role; who reads gets a role of its own. To be safe, deny them.",
        policy=NO_PICTURES,
    ),
    references=(BEST_PRACTICES, HOW_IOT),
    check=check,
    unit="producers",
    subjects=_count,
)
