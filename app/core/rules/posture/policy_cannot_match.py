"""A policy that names a KVS action or ARN which can never match: somebody believes in a right that is not there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from app.core.iam.diagnosis.diagnose import diagnose
from app.core.iam.diagnosis.faults import OF_WHOLE, Diagnosis
from app.core.iam.diagnosis.resources import Inventory, inventory
from app.core.iam.parse import Policy
from app.core.model.finding import CannotTell, Evidence, Practice, Severity, Violation
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.snapshot import Snapshot
from app.core.rules import needs
from app.core.rules.evidence import statement
from app.core.rules.facts import PostureFacts
from app.core.rules.names import listed, name_of, principal_of
from app.core.rules.policies import parsed, people_and_workloads
from app.core.rules.rule import Fix, Reference, Rule

_AWS_MANAGED = ":iam::aws:policy/"


def check(facts: PostureFacts) -> Iterator[Violation | CannotTell]:
    """Yield each policy of the account of which a part can do nothing."""
    there = _inventory(facts.snapshot)
    for subject, document in _documents(facts):
        policy = parsed(document)
        if policy is None:
            continue
        found = diagnose(policy, there, facts.now)
        if found:
            of = f" of {name_of(principal_of(subject))}" if document.kind is PolicyKind.INLINE else ""
            names = dict.fromkeys(one.text for one in found if one.fault not in OF_WHOLE)
            what = f"names what cannot match: {listed(names)}" if names else "has statements that change nothing"
            evidence = tuple(_evidence(policy, list(own)) for _, own in groupby(found, lambda one: one.statement.index))
            yield Violation(subject, f"{document.name}{of} {what}", evidence)


def _inventory(snapshot: Snapshot) -> Inventory:
    parts = [part for part in snapshot.parts if part.name in {needs.STREAMS, needs.CHANNELS}]
    # What was made since a Region was read last is not known either.
    unread = {part.region for part in parts if not part.is_fresh}
    read = {part.region for part in parts} - unread
    return inventory(
        snapshot.account,
        (stream.arn for stream in snapshot.streams),
        read,
        {*unread, *snapshot.account.regions} - read,
        _organization(snapshot),
    )


def _organization(snapshot: Snapshot) -> str | None:
    """Return the id of the organization of which the account is known to be."""
    organization, account = snapshot.organization, snapshot.account.id
    if organization is None or all(one.id != account for one in organization.accounts):
        return None
    return organization.id


def _evidence(policy: Policy, found: Sequence[Diagnosis]) -> Evidence:
    shown = statement(policy, found[0].statement, [one.text for one in found])
    return replace(shown, where=f"{shown.where}: {' '.join(one.sentence for one in found)}")


def _documents(facts: PostureFacts) -> Iterator[tuple[str, PolicyDocument]]:
    """Yield (subject, document): managed policies under their ARN, inline ones under their principal's."""
    for document in facts.book.policies.values():
        if document.kind is PolicyKind.MANAGED and document.arn and _AWS_MANAGED not in document.arn:
            yield document.arn, document
    for principal in people_and_workloads(facts.book):
        for document in principal.inline:
            yield f"{principal.arn}#{document.name}", document


RULE = Rule(
    code="KVS-LP-09",
    title="Policy names a KVS action, ARN or condition that cannot match",
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
    version=6,
    unit="policies",
    subjects=lambda facts: sum(1 for _ in _documents(facts)),
)
