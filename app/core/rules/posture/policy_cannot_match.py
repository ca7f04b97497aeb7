"""A policy that names a KVS action or ARN which can never match: somebody believes in a right that is not there."""

from collections.abc import Iterator

from app.core.arn import parsed as parsed_arn
from app.core.iam import actions
from app.core.iam.parse import Policy, Statement
from app.core.kvs.actions import ACTIONS, NAMES, PREFIX
from app.core.model.finding import CannotTell, Evidence, Practice, Severity, Violation
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts
from app.core.rules.names import listed, name_of, principal_of
from app.core.rules.policies import parsed, people_and_workloads
from app.core.rules.rule import Fix, Reference, Rule

_AWS_MANAGED = ":iam::aws:policy/"
_WITH_SUFFIX = 3
_WILD = frozenset("*?$")


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each policy of the account with an unknown KVS action, or an ARN of no form that a stream can have."""
    known = {stream.arn for stream in facts.snapshot.streams}
    for subject, document in _documents(facts):
        policy = parsed(document)
        if policy is None:
            continue
        faults = [fault for found in policy.statements for fault in _faults(policy, found, known)]
        if faults:
            of = f" of {name_of(principal_of(subject))}" if document.kind is PolicyKind.INLINE else ""
            message = f"{document.name}{of} names what cannot match: {listed(name for name, _ in faults)}"
            yield Violation(subject, message, tuple(evidence for _, evidence in faults))


def _documents(facts: PostureFacts) -> Iterator[tuple[str, PolicyDocument]]:
    """Yield (subject, document): managed policies under their ARN, inline ones under their principal's."""
    for document in facts.book.policies.values():
        if document.kind is PolicyKind.MANAGED and document.arn and _AWS_MANAGED not in document.arn:
            yield document.arn, document
    for principal in people_and_workloads(facts.book):
        for document in principal.inline:
            yield f"{principal.arn}#{document.name}", document


def _faults(policy: Policy, found: Statement, known: set[str]) -> Iterator[tuple[str, Evidence]]:
    for pattern in found.actions:
        if pattern.lower().startswith(f"{PREFIX}:") and not actions.mask(pattern):
            yield pattern, statement(policy, found, (pattern,))
    for resource in found.resources or ():
        if _is_dead(resource, found, known):
            yield resource, statement(policy, found, (resource,))


def _is_dead(resource: str, found: Statement, known: set[str]) -> bool:
    """Whether an ARN pattern of KVS can match no stream or channel that its actions are called on."""
    arn = parsed_arn(resource)
    if arn is None or arn.service != PREFIX:
        return False
    kind = arn.resource.partition("/")[0]
    if kind in {"stream", "channel"} and not _fits(kind, found):
        return True
    if _WILD & set(arn.resource):
        return False
    if arn.resource.count("/") + 1 < _WITH_SUFFIX:
        # A stream's ARN ends with the time of its creation (Service Authorization Reference).
        return True
    return not _WILD & set(resource) and resource not in known


def _fits(kind: str, found: Statement) -> bool:
    taken = actions.element_mask(found.actions, is_excluding=found.excludes_actions)
    named = [ACTIONS[name] for index, name in enumerate(NAMES) if taken >> index & 1]
    return not named or any(action.on_stream if kind == "stream" else action.on_channel for action in named)


RULE = Rule(
    code="KVS-LP-09",
    title="Policy names a KVS action or ARN that cannot match",
    practice=Practice.LEAST_PRIVILEGE,
    severity=Severity.LOW,
    needs=(*needs.PERMISSIONS,),
    why=(
        "Such a statement does nothing. Where it is an Allow, somebody will widen it in a hurry when the call fails; "
        "where it is a Deny, a protection is missing that everybody counts on. AWS's own best-practices page names "
        "GetStreamingEndpoint, which does not exist."
    ),
    fix=Fix(
        "Correct the name. The endpoint action is kinesisvideo:GetDataEndpoint; a stream's ARN ends with its creation "
        "time, so write stream/NAME/*.",
    ),
    references=(
        Reference(
            "Service Authorization Reference: Amazon Kinesis Video Streams",
            "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisvideostreams.html",
        ),
    ),
    check=check,
    unit="policies",
    subjects=lambda facts: sum(1 for _ in _documents(facts)),
)
