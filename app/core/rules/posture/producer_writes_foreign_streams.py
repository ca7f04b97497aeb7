"""A producer that may write to streams that are not its own."""

from collections.abc import Iterator

from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.rules import needs
from app.core.rules.evidence import count, statement
from app.core.rules.facts import PostureFacts, resources
from app.core.rules.holders import UNBOUND, producers, undecided
from app.core.rules.names import listed, name_of
from app.core.rules.pasted import OWN_STREAM_ONLY
from app.core.rules.policies import granting, is_device_role
from app.core.rules.rule import BEST_PRACTICES, HOW_IOT, Fix, Rule

_WRITES = "PutMedia"


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each producer whose PutMedia reaches several streams and is not bound to a device's own."""
    for principal, actions in producers(facts):
        targets = sorted(resources(actions, _WRITES, UNBOUND))
        if len(targets) < 2:  # noqa: PLR2004 - one stream is its own
            continue
        is_device = is_device_role(principal)
        need = "each camera needs one" if is_device else "a producer needs one"
        granted = granting(facts.book, principal, _WRITES, targets[0])
        yield Violation(
            principal.arn,
            f"{principal.name} may write to {len(targets)} streams; {need}",
            (
                *(statement(policy, found, found.resources or ()) for policy, found in granted),
                count("streams it reaches", listed((name_of(target) for target in targets), 5)),
            ),
            Severity.HIGH if is_device else Severity.MEDIUM,
        )
    yield from undecided(facts, (_WRITES,))


def _count(facts: PostureFacts) -> int:
    return sum(1 for _ in producers(facts))


RULE = Rule(
    code="KVS-LP-04",
    title="Producer may write to streams that are not its own",
    practice=Practice.LEAST_PRIVILEGE,
    severity=Severity.MEDIUM,
    needs=needs.PERMISSIONS,
    why=(
        "One camera, or whoever holds its credentials, can put video into the stream of another: false footage, under "
        "the name of a camera that somebody trusts. It is high where devices carry the credentials."
    ),
    fix=Fix(
        "Name each stream after its thing and bind the role to it with a policy variable; a producer that is no IoT "
        "device gets the ARN of its stream.",
        policy=OWN_STREAM_ONLY,
    ),
    references=(BEST_PRACTICES, HOW_IOT),
    check=check,
    unit="producers",
    subjects=_count,
)
