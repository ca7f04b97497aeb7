"""A small reading of IAM policies, of its own: the gate must not agree with kvswatch's evaluator by being it.

It knows what policies of a scanner use. What it does not know never allows, and always denies.
"""

import fnmatch
import re
from collections.abc import Iterable, Mapping
from typing import Any

Document = dict[str, Any]
Context = Mapping[str, str]
"""Condition keys in lower case."""


def allows(documents: Iterable[Document], action: str, resource: str, context: Context) -> bool:
    """Tell whether some statement allows `action` on `resource` and none denies it."""
    effects = [
        statement["Effect"]
        for document in documents
        for statement in statements(document)
        if _names(statement, action, resource) and _applies(statement, context)
    ]
    return "Allow" in effects and "Deny" not in effects


def trusts(trust: Document, caller_arn: str, caller_account: str, action: str, context: Context) -> bool:
    """Tell whether a role's trust policy lets the caller do `action`."""
    effects = [
        statement["Effect"]
        for statement in statements(trust)
        if _is_principal(statement, caller_arn, caller_account)
        and any(_like(action, pattern) for pattern in listed(statement.get("Action")))
        and _applies(statement, context)
    ]
    return "Allow" in effects and "Deny" not in effects


def statements(document: Document) -> list[Document]:
    """Return the statements of `document`; a single one may stand without a list."""
    return listed(document.get("Statement"))


def listed(value: Any) -> list[Any]:
    """Return `value` as a list; IAM lets single values stand alone."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _names(statement: Document, action: str, resource: str) -> bool:
    if "NotAction" in statement:
        named = not any(_like(action, pattern) for pattern in listed(statement["NotAction"]))
    else:
        named = any(_like(action, pattern) for pattern in listed(statement.get("Action")))
    if "NotResource" in statement:
        return named and not any(_matches(resource, pattern) for pattern in listed(statement["NotResource"]))
    return named and any(_matches(resource, pattern) for pattern in listed(statement.get("Resource")))


def _is_principal(statement: Document, caller_arn: str, caller_account: str) -> bool:
    principal = statement.get("Principal")
    named = listed(principal.get("AWS")) if isinstance(principal, dict) else listed(principal)
    role_arn = _role_of(caller_arn)
    own = {"*", caller_account, f"arn:aws:iam::{caller_account}:root", caller_arn, role_arn}
    return any(name in own for name in named)


def _role_of(caller_arn: str) -> str:
    """Return the role's ARN for a session's; paths are lost there, as they are for AWS."""
    match = re.fullmatch(r"arn:aws:sts::(\d+):assumed-role/([^/]+)/.*", caller_arn)
    return f"arn:aws:iam::{match[1]}:role/{match[2]}" if match else caller_arn


def _applies(statement: Document, context: Context) -> bool:
    """Tell whether the conditions hold; one that cannot be judged makes a Deny hold and an Allow not."""
    verdicts = [
        _holds(operator, context.get(key.lower()), [str(value) for value in listed(values)])
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, values in keys.items()
    ]
    if False in verdicts:
        return False
    return None not in verdicts or statement["Effect"] == "Deny"


def _holds(  # noqa: PLR0911 - one an operator
    operator: str, actual: str | None, wanted: list[str]
) -> bool | None:
    base = operator.removesuffix("IfExists")
    if actual is None:
        return operator != base or base in {"StringNotEquals", "StringNotLike"}
    match base:
        case "StringEquals" | "ArnEquals":
            return actual in wanted
        case "StringNotEquals":
            return actual not in wanted
        case "StringLike" | "ArnLike":
            return any(_matches(actual, pattern) for pattern in wanted)
        case "StringNotLike":
            return not any(_matches(actual, pattern) for pattern in wanted)
        case "Bool":
            return actual.lower() in {value.lower() for value in wanted}
        case _:
            return None


def _like(action: str, pattern: str) -> bool:
    return _matches(action.lower(), pattern.lower())


def _matches(text: str, pattern: str) -> bool:
    """Match with IAM's two wildcards; brackets, which fnmatch would read as a class, stand for themselves."""
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))
