"""A principal's own policies, statement by statement, for rules that ask how a right was written down."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.core.errors import MalformedPolicy
from app.core.iam import actions
from app.core.iam.parse import Policy, Statement, parse
from app.core.iam.resources import pattern_outcome
from app.core.iam.variables import UNKNOWN
from app.core.kvs.actions import NAMES, PREFIX
from app.core.model.policy import PolicyDocument
from app.core.model.principal import Iam, Principal, PrincipalKind

IOT_CREDENTIALS = "credentials.iot.amazonaws.com"
_BIT = {name: 1 << index for index, name in enumerate(NAMES)}


@lru_cache(maxsize=65536)
def parsed(document: PolicyDocument) -> Policy | None:
    """Return a policy, or None when it does not parse: the matrix names such a document among its problems."""
    try:
        return parse(document)
    except MalformedPolicy:
        return None


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """An account's IAM, indexed: managed policies by ARN, groups by name, principals by ARN."""

    policies: Mapping[str, PolicyDocument]
    groups: Mapping[str, Principal]
    principals: Mapping[str, Principal]


def policy_book(iam: Iam | None) -> PolicyBook:
    """Return the index of an account's IAM; an empty one when IAM was never read."""
    if iam is None:
        return PolicyBook({}, {}, {})
    return PolicyBook(
        {policy.arn: policy for policy in iam.policies if policy.arn is not None},
        {principal.name: principal for principal in iam.principals if principal.kind is PrincipalKind.GROUP},
        {principal.arn: principal for principal in iam.principals},
    )


def documents(book: PolicyBook, principal: Principal) -> tuple[PolicyDocument, ...]:
    """Return the identity policies of a principal: its own, attached ones, and those of its groups."""
    holders = (principal, *(book.groups[name] for name in principal.groups if name in book.groups))
    attached = (book.policies[arn] for holder in holders for arn in holder.attached if arn in book.policies)
    return (*(document for holder in holders for document in holder.inline), *attached)


def statements(book: PolicyBook, principal: Principal) -> Iterator[tuple[Policy, Statement]]:
    """Yield each statement of a principal's identity policies with its policy."""
    for document in documents(book, principal):
        policy = parsed(document)
        if policy is not None:
            for statement in policy.statements:
                yield policy, statement


def takes_action(statement: Statement, action: str) -> bool:
    """Whether a statement's Action or NotAction takes a KVS action, given by its bare name."""
    return bool(actions.element_mask(statement.actions, is_excluding=statement.excludes_actions) & _BIT[action])


def takes_resource(statement: Statement, arn: str) -> bool:
    """Whether a statement's Resource or NotResource may take `arn`, whatever its variables stand for."""
    if statement.resources is None:
        return False
    taken = any(
        pattern_outcome(text, arn, lambda _key: UNKNOWN, has_variables=statement.has_variables) is not False
        for text in statement.resources
    )
    return taken is not statement.excludes_resources


def granting(
    book: PolicyBook, principal: Principal, action: str, resource: str | None = None
) -> Iterator[tuple[Policy, Statement]]:
    """Yield the allow statements that take `action`, on `resource` if it is given."""
    for policy, statement in statements(book, principal):
        if not statement.is_allow or not takes_action(statement, action):
            continue
        if resource is None or takes_resource(statement, resource):
            yield policy, statement


def denying(book: PolicyBook, principal: Principal, action: str) -> bool:
    """Whether a statement of the principal's own policies denies an action, wholly or on some streams."""
    return any(not found.is_allow and takes_action(found, action) for _, found in statements(book, principal))


def is_given_by_name(book: PolicyBook, principal: Principal, action: str) -> bool:
    """Whether an allow statement was written for it: one that takes the action, and not all of KVS.

    "*", "kinesisvideo:*" and NotAction give everything; who has them was not meant for one call.
    """
    return any(
        actions.element_mask(found.actions, is_excluding=found.excludes_actions) != actions.ALL
        for _, found in granting(book, principal, action)
    )


def patterns_for(statement: Statement, action: str) -> tuple[str, ...]:
    """Return the action patterns of a statement that take a KVS action; its NotAction patterns as they are."""
    if statement.excludes_actions:
        return statement.actions
    return tuple(pattern for pattern in statement.actions if actions.matches(pattern, f"{PREFIX}:{action}"))


def is_device_role(principal: Principal) -> bool:
    """Whether the AWS IoT credentials provider hands out the role, so that devices carry it."""
    return any(pair == ("Service", IOT_CREDENTIALS) for _, statement in trusts(principal) for pair in _pairs(statement))


def trusts(principal: Principal) -> Iterator[tuple[Policy, Statement]]:
    """Yield the allow statements of a role's trust policy."""
    policy = parsed(principal.trust) if principal.trust is not None else None
    if policy is not None:
        for statement in policy.statements:
            if statement.is_allow:
                yield policy, statement


def is_service_linked(principal: Principal) -> bool:
    """Whether AWS made the role for one of its services: nobody can change its policies."""
    return principal.path.startswith("/aws-service-role/")


def people_and_workloads(book: PolicyBook) -> Iterator[Principal]:
    """Yield the roles and users whose rights can be changed: no groups, no root, no service-linked roles."""
    for principal in book.principals.values():
        if principal.kind in {PrincipalKind.ROLE, PrincipalKind.USER} and not is_service_linked(principal):
            yield principal


def _pairs(statement: Statement) -> tuple[tuple[str, str], ...]:
    return statement.principals.pairs if statement.principals is not None else ()
