"""Access by tag that its holder can grant itself by tagging."""

from collections.abc import Iterator

from app.core.iam.explain import takes_resource
from app.core.iam.parse import Policy, Statement
from app.core.kvs.actions import ACTIONS, MEDIA_READ
from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.grant import Outcome
from app.core.model.principal import Principal
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts, resources
from app.core.rules.holders import Actions, held_on, holders, undecided
from app.core.rules.names import listed
from app.core.rules.policies import granting, patterns_for, statements, takes_action
from app.core.rules.rule import Fix, Reference, Rule

_TAGGING = ("TagStream", "TagResource")
_BY_TAG = "aws:resourcetag/"
_GUARDED = sorted(MEDIA_READ | {"PutMedia", "ConnectAsMaster", "DeleteStream"})
_FREELY = frozenset({Outcome.ALLOW})
"""A condition on tagging (aws:TagKeys) may protect the key: then nobody here can tell, and it counts as protected."""

_Guarded = tuple[str, Policy, Statement, str]
"""An action, the policy and the statement that allow it, and the key of the tag that the statement asks for."""


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each principal whose media rights hang on a tag that it may set itself."""
    for principal, actions in holders(facts):
        tagging = [name for name in _TAGGING if resources(actions, name, _FREELY)]
        for guarded in _tag_guarded(facts, principal) if tagging else ():
            if any(_widens(facts, principal, actions, name, guarded) for name in tagging):
                yield _violation(facts, principal, actions, tagging, guarded)
                break
    yield from undecided(facts, _TAGGING)


def _tag_guarded(facts: PostureFacts, principal: Principal) -> Iterator[_Guarded]:
    """Yield each allow that asks for a tag of the stream, by action."""
    for action in _GUARDED:
        for policy, found in granting(facts.book, principal, action):
            for condition in found.conditions:
                if condition.key.startswith(_BY_TAG):
                    yield action, policy, found, condition.key.removeprefix(_BY_TAG)


def _widens(facts: PostureFacts, principal: Principal, actions: Actions, tagging: str, guarded: _Guarded) -> bool:
    """Whether tagging reaches what the guarded action does not: who may tag by the same tag alone gains nothing."""
    action, _, _, key = guarded
    taken = (target for target in resources(actions, tagging, _FREELY) if takes_resource(ACTIONS[action], target))
    told = [found for _, found in statements(facts.book, principal) if takes_action(found, tagging)]
    asking = [found for found in told if any(one.key == f"{_BY_TAG}{key}" for one in found.conditions)]
    is_bound = not all(found.is_allow for found in asking) or all(not one.is_allow or one in asking for one in told)
    return not is_bound or not held_on(actions, action).issuperset(taken)


def _violation(
    facts: PostureFacts,
    principal: Principal,
    actions: Actions,
    tagging: list[str],
    guarded: _Guarded,
) -> Violation:
    action, policy, found, key = guarded
    targets = resources(actions, tagging[0], _FREELY)
    tags = granting(facts.book, principal, tagging[0], min(targets))
    return Violation(
        principal.arn,
        f"{principal.name} may call {action} on streams with tag {key}, and set that tag itself by {listed(tagging)}",
        (
            statement(policy, found, patterns_for(found, action)),
            *(statement(its, that, patterns_for(that, tagging[0])) for its, that in tags),
        ),
    )


def _count(facts: PostureFacts) -> int:
    return sum(1 for principal, _ in holders(facts) if next(_tag_guarded(facts, principal), None))


RULE = Rule(
    code="KVS-LP-10",
    title="Tag-based access can be self-granted",
    practice=Practice.LEAST_PRIVILEGE,
    severity=Severity.HIGH,
    needs=needs.PERMISSIONS,
    why=(
        "The tag stands for a decision: who may watch which camera. Whoever may set the tag makes the decision alone, "
        "with one call that looks like housekeeping."
    ),
    fix=Fix(
        "Deny changing the tag keys on which access hangs to all but those who decide.",
        policy="""\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "AccessTagsAreNotForEverybody",
      "Effect": "Deny",
      "Action": ["kinesisvideo:TagStream", "kinesisvideo:TagResource", "kinesisvideo:UntagStream",
        "kinesisvideo:UntagResource"],
      "Resource": "*",
      "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": ["<tag>"]}}
    }
  ]
}""",
    ),
    references=(
        Reference(
            "IAM User Guide: Controlling access to AWS resources using tags",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html",
        ),
    ),
    check=check,
    version=2,
    unit="principals with access by tag",
    subjects=_count,
)
