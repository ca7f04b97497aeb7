"""A role or user that may call every action of KVS."""

from collections.abc import Iterator

from app.core.model.finding import CannotTell, Practice, Severity, Violation
from app.core.model.principal import Principal
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts, applicable_actions, may, unknown
from app.core.rules.holders import owns_everything
from app.core.rules.names import listed
from app.core.rules.policies import granting, is_device_role, patterns_for, people_and_workloads
from app.core.rules.rule import BEST_PRACTICES, HOW_IAM, Fix, Rule

_EVERY_SERVICE = frozenset({"*", "*:*"})
_TELLING = "DeleteStream"
"""The action by which the granting statements are found: nobody but an owner needs it."""


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield every role and user that may call all actions, but for what an SCP or RCP takes from everybody."""
    wanted = applicable_actions(facts.snapshot)
    if facts.held is None or not wanted:
        return
    for principal in people_and_workloads(facts.book):
        actions = facts.held.get(principal.arn, {})
        if owns_everything(facts, principal, actions):
            denied = tuple(name for name in wanted if not may(actions, name))
            yield _violation(facts, principal, denied)
        elif all(may(actions, name) or unknown(actions, name) for name in wanted):
            unread = "SCPs and RCPs" if facts.snapshot.organization is None else "a policy that binds it"
            yield CannotTell(principal.arn, f"its own policies allow all KVS actions; {unread} could not be read")


def _violation(facts: PostureFacts, principal: Principal, denied: tuple[str, ...]) -> Violation:
    """An administrator of everything is no mistake of KVS; a device that may do everything is the worst of them."""
    granted = tuple(granting(facts.book, principal, _TELLING))
    is_administrator = any(_EVERY_SERVICE & {*found.actions} or found.excludes_actions for _, found in granted)
    message = f"{principal.name} may call every KVS action"
    if denied:
        message += f" but {listed(denied)}, which the organization denies"
    severity = Severity.LOW if is_administrator else Severity.HIGH
    if is_administrator:
        message += ", as it may call those of other services"
    if is_device_role(principal):
        message, severity = f"{message}, and devices carry its credentials", Severity.CRITICAL
    evidence = tuple(statement(policy, found, patterns_for(found, _TELLING)) for policy, found in granted)
    return Violation(principal.arn, message, evidence, severity)


def _count(facts: PostureFacts) -> int:
    return sum(1 for _ in people_and_workloads(facts.book))


RULE = Rule(
    code="KVS-LP-01",
    title="Principal has all KVS actions",
    practice=Practice.LEAST_PRIVILEGE,
    severity=Severity.HIGH,
    needs=needs.PERMISSIONS,
    why=(
        "Whoever holds this role or user can watch every camera, delete what was recorded and cut off what records. "
        "AWS asks to grant only the calls that a job needs. "
        "AWS's own sample policies use kinesisvideo:*, so it is often copied by mistake."
    ),
    fix=Fix(
        "List the actions that the job needs, on the streams that it works with. "
        "For an administrator, keep media out with a Deny, and let people who must watch assume a role for that.",
        policy="""\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "NoMedia",
      "Effect": "Deny",
      "Action": [
        "kinesisvideo:GetMedia*",
        "kinesisvideo:GetClip",
        "kinesisvideo:GetImages",
        "kinesisvideo:GetHLSStreamingSessionURL",
        "kinesisvideo:GetDASHStreamingSessionURL",
        "kinesisvideo:ConnectAsViewer",
        "kinesisvideo:JoinStorageSessionAsViewer"
      ],
      "Resource": "*"
    }
  ]
}""",
        cli=(
            "aws iam list-<kind>-policies --<kind>-name <name>\n"
            "aws iam list-attached-<kind>-policies --<kind>-name <name>"
        ),
    ),
    references=(BEST_PRACTICES, HOW_IAM),
    check=check,
    version=2,
    unit="roles and users",
    subjects=_count,
)
