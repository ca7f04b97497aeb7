"""Who may assume a role, as its trust policy writes it."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.arn import account_id
from app.core.digits import account_number
from app.core.iam import trust
from app.core.iam.condition import FOR_ALL, OPERATORS, Condition, outcome
from app.core.iam.parse import Policy, Statement
from app.core.iam.variables import UNKNOWN
from app.core.model.finding import CannotTell
from app.core.model.principal import Principal
from app.core.rules.policies import parsed as parsed_policy
from app.core.rules.policies import trusts

ANYBODY = "*"
_STRANGERS, _STRANGERS_ARN = "what a stranger has", "arn:aws:iam::000000000000:role/stranger"
_BINDING = frozenset(
    {
        "sts:externalid",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalarn",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:principalaccount",
        "aws:userid",
    }
)
"""The condition keys that narrow who comes in, in lower case."""


@dataclass(frozen=True, slots=True)
class Trust:
    """One principal that a trust statement names: kind is AWS, Service or Federated.

    `account` is the 12-digit account of an AWS principal, None for "*" and for others. `is_whole_account`: it names
    the account (":root"), so that whoever administers it decides who comes.
    """

    policy: Policy
    statement: Statement
    kind: str
    value: str
    account: int | None
    is_whole_account: bool

    @property
    def is_narrowed(self) -> bool:
        """Whether a condition asks who comes: an external ID, an organization, a source."""
        return any(one.key in _BINDING and _asks_for_a_value(one) for one in self.statement.conditions)


def _asks_for_a_value(one: Condition) -> bool:
    """Whether a condition wants a key to be of some value: not to be another, not if it is there at all, not any."""
    operator = OPERATORS[one.operator]
    if operator.is_negated or operator.tests_presence or one.if_exists or one.set_prefix == FOR_ALL:
        return False
    strangers = _STRANGERS_ARN if one.key.endswith("arn") else _STRANGERS
    return outcome(one, lambda key: (strangers,) if key == one.key else UNKNOWN) is not True


def trusted(principal: Principal) -> Iterator[Trust]:
    """Yield every principal that a role's trust policy lets in; NotPrincipal lets in anybody.

    Whom another statement denies without a condition is not let in.
    """
    named = trust.trusted(principal)
    denied = {one.value for one in named if one.is_denied} - {one.value for one in named if not one.is_denied}
    for policy, statement in trusts(principal):
        if statement.principals is None:
            continue
        pairs = (("AWS", ANYBODY),) if statement.principals.is_excluding else statement.principals.pairs
        for kind, value in pairs:
            # Who may only tag its session, or name its source, does not come in by that.
            if value in denied or not any(statement.takes(call) for call in trust.CALLS):
                continue
            account = _account(value) if kind == "AWS" else None
            is_whole = kind == "AWS" and (value.endswith(":root") or account_number(value) is not None)
            yield Trust(policy, statement, kind, value, account, is_whole)


def unreadable(principal: Principal) -> Iterator[CannotTell]:
    """Yield that nobody can tell who may assume the role when its trust policy does not parse."""
    if principal.trust is not None and parsed_policy(principal.trust) is None:
        yield CannotTell(principal.arn, f"the trust policy of {principal.name} does not parse")


def _account(value: str) -> int | None:
    number = account_number(value)
    return account_id(value) if number is None else number
