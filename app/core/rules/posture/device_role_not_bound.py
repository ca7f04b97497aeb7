"""A role that AWS IoT hands out to devices and that does not bind each device to its own stream or channel."""

from collections.abc import Iterator

from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.principal import Principal
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts, may, resources
from app.core.rules.holders import SENDS, UNBOUND, Actions, holders, undecided
from app.core.rules.pasted import OWN_STREAM_ONLY
from app.core.rules.policies import granting, is_device_role
from app.core.rules.rule import HOW_IOT, Fix, Reference, Rule


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each device role that may send to a stream or channel without a `credentials-iot` variable."""
    for principal, actions in _device_roles(facts):
        for action in SENDS:
            targets = sorted(resources(actions, action, UNBOUND))
            if targets:
                yield Violation(
                    principal.arn,
                    f"{principal.name} is handed out to devices and lets each of them call {action} as any other",
                    tuple(
                        statement(policy, found, found.resources or ())
                        for policy, found in granting(facts.book, principal, action, targets[0])
                    ),
                )
                break
    yield from undecided(facts, SENDS)


def _device_roles(facts: PostureFacts) -> Iterator[tuple[Principal, Actions]]:
    for principal, actions in holders(facts):
        if is_device_role(principal) and any(may(actions, name) for name in SENDS):
            yield principal, actions


RULE = Rule(
    code="KVS-DV-01",
    title="Device role not bound to the device",
    practice=Practice.DEVICES,
    severity=Severity.HIGH,
    needs=needs.PERMISSIONS,
    why=(
        "All devices of a fleet share one role. Only a policy variable tells them apart: without it, one stolen "
        "certificate can send as every camera of the fleet."
    ),
    fix=Fix(
        "Name each stream after its thing (or certificate) and put the variable into the ARN.",
        policy=OWN_STREAM_ONLY,
    ),
    references=(
        HOW_IOT,
        Reference(
            "AWS IoT Core Developer Guide: Authorizing direct calls to AWS services",
            "https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html",
        ),
    ),
    check=check,
    unit="device roles",
    subjects=lambda facts: sum(1 for _ in _device_roles(facts)),
)
