"""Who holds what, over the grants of the matrix: the producers, the readers, and the rights that do not fit."""

from collections.abc import Iterable, Iterator, Mapping

from app.core.kvs.actions import MEDIA_READ
from app.core.model.finding import CannotTell
from app.core.model.grant import Grant, Outcome
from app.core.model.principal import Principal
from app.core.rules.facts import PostureFacts, applicable_actions, may, resources, unknown
from app.core.rules.names import counted, listed
from app.core.rules.policies import denying, is_device_role, is_given_by_name, people_and_workloads

Actions = Mapping[str, tuple[Grant, ...]]
SENDS = ("PutMedia", "ConnectAsMaster")
"""The actions by which a camera sends: into a stream, or as the master of a signaling channel."""
UNBOUND = frozenset({Outcome.ALLOW, Outcome.CONDITIONAL})
"""The outcomes that do not bind a device to its own stream."""


def holders(facts: PostureFacts) -> Iterator[tuple[Principal, Actions]]:
    """Yield the roles and users whose rights can be changed, each with its grants by action."""
    for principal in people_and_workloads(facts.book):
        actions = (facts.held or {}).get(principal.arn)
        if actions:
            yield principal, actions


def owns_everything(facts: PostureFacts, principal: Principal, actions: Actions) -> bool:
    """Whether a principal was given all of KVS: it may call every action, but for what the organization denies.

    An SCP or RCP that takes one action from everybody makes no owner a reader. A Deny of its own policies or a
    boundary does: somebody thought about this principal.
    """
    wanted = applicable_actions(facts.snapshot)
    missing = [name for name in wanted if not may(actions, name)]
    if not missing:
        return bool(wanted)
    is_denied_outside = all(any(grant.outcome is Outcome.DENY for grant in actions.get(name, ())) for name in missing)
    return (
        len(missing) < len(wanted)
        and is_denied_outside
        and principal.boundary is None
        and not any(denying(facts.book, principal, name) for name in missing)
    )


def producers(facts: PostureFacts) -> Iterator[tuple[Principal, Actions]]:
    """Yield the principals whose job is to send media: devices, and those whose policy names sending.

    Who was given everything is an owner or an administrator, and a finding of another rule.
    """
    for principal, actions in holders(facts):
        sends = [name for name in SENDS if may(actions, name)]
        if not sends or owns_everything(facts, principal, actions):
            continue
        if is_device_role(principal) or any(is_given_by_name(facts.book, principal, name) for name in sends):
            yield principal, actions


def undecided(facts: PostureFacts, names: Iterable[str]) -> Iterator[CannotTell]:
    """Yield why nobody can tell who may call one of `names`, where a layer of policies could not be read.

    One answer for the whole account when it is the organization that could not be read: it binds everybody.
    """
    wanted = tuple(names)
    left = [
        principal
        for principal, actions in holders(facts)
        if any(unknown(actions, name) for name in wanted) and not any(may(actions, name) for name in wanted)
    ]
    if left and facts.snapshot.organization is None:
        who = counted(len(left), "principal")
        yield CannotTell("", f"SCPs and RCPs could not be read: whether {who} may call {listed(wanted)} is not known")
        return
    for principal in left:
        yield CannotTell(principal.arn, "a policy that binds it could not be read")


def media_reads(actions: Actions) -> tuple[str, ...]:
    """Return the actions with which a principal can see or hear what a camera records, by name."""
    return tuple(name for name in sorted(MEDIA_READ) if may(actions, name))


def held_on(actions: Actions, name: str) -> frozenset[str]:
    """Return the streams and channels on which a principal may call an action."""
    return resources(actions, name)
