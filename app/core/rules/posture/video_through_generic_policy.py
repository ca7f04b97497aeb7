"""Media that can be read through a policy that was written for something else."""

from collections.abc import Iterator

from app.core.iam import actions
from app.core.iam.parse import Policy, Statement
from app.core.kvs.actions import MEDIA_READ
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.principal import Principal
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts
from app.core.rules.holders import Actions, held_on, holders, media_reads, undecided
from app.core.rules.names import counted, listed
from app.core.rules.pasted import NO_PICTURES
from app.core.rules.policies import granting, patterns_for
from app.core.rules.rule import Fix, Reference, Rule

_AWS_MANAGED = ":iam::aws:policy/"
_EITHER = ("stream or channel", "streams and channels")
_OF_A_SERVICE = ":iam::aws:policy/service-role/"


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each principal that can read media only because a pattern such as Get* happens to take it in.

    Who was given everything by name ("*", kinesisvideo:*) is another rule's finding.
    """
    for principal, held in holders(facts):
        granted = [
            (action, policy, found)
            for action in media_reads(held)
            for policy, found in granting(facts.book, principal, action)
        ]
        # Who reads by a policy that names a read is a reader; that another policy repeats it says little.
        generic = [one for one in granted if _is_generic(one[1], one[2], one[0])]
        if generic and len(generic) == len(granted):
            first = generic[0][0]
            yield _violation(principal, held, first, [(p, f) for action, p, f in generic if action == first])
    yield from undecided(facts, sorted(MEDIA_READ))


def _is_generic(policy: Policy, found: Statement, action: str) -> bool:
    """Whether the statement takes the action by a wildcard, or is AWS's own policy for many services.

    AWS's policy for the role of one service (Rekognition, Chime) names what that service needs.
    """
    if _OF_A_SERVICE in (policy.source.arn or ""):
        return False
    if found.excludes_actions or actions.element_mask(found.actions, is_excluding=False) == actions.ALL:
        return False
    is_aws = _AWS_MANAGED in (policy.source.arn or "")
    return is_aws or all("*" in pattern or "?" in pattern for pattern in patterns_for(found, action))


def _violation(principal: Principal, held: Actions, action: str, generic: list[tuple[Policy, Statement]]) -> Violation:
    targets = frozenset(target for name in media_reads(held) for target in held_on(held, name))
    many = counted(len(targets), *(_EITHER if any(":channel/" in target for target in targets) else ("stream",)))
    policy, first = generic[0]
    patterns = listed(patterns_for(first, action))
    return Violation(
        principal.arn,
        f"{principal.name} may read media of {many}, because {policy.source.name} allows {patterns}",
        tuple(statement(policy, found, patterns_for(found, action)) for policy, found in generic),
    )


def _count(facts: PostureFacts) -> int:
    return sum(1 for _ in holders(facts))


RULE = Rule(
    code="KVS-LP-05",
    title="Video readable through a generic policy",
    practice=Practice.LEAST_PRIVILEGE,
    severity=Severity.MEDIUM,
    needs=needs.PERMISSIONS,
    why=(
        "ReadOnlyAccess and patterns like Get* are given to auditors and tools that need settings, not pictures. For "
        "KVS they open every camera, live and recorded."
    ),
    fix=Fix(
        "Give SecurityAudit or ViewOnlyAccess instead of ReadOnlyAccess; where that is not possible, add this Deny.",
        policy=NO_PICTURES,
    ),
    references=(
        Reference(
            "IAM User Guide: AWS managed policies for job functions",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html",
        ),
    ),
    check=check,
    version=2,
    unit="roles and users",
    subjects=_count,
)
