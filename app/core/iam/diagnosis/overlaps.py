"""Statements that say nothing beside another one of their policy: an Allow under a Deny, and what is said twice.

Source: IAM User Guide, "Policy evaluation logic": an explicit deny wins over every allow.
"""

from collections.abc import Iterator, Sequence

from app.core.iam.diagnosis.faults import Fault, named
from app.core.iam.globs import glob, pieces_of
from app.core.iam.parse import Statement

MOST_PATTERNS = 1_000
"""Patterns of a policy beyond which an Allow is not compared with every Deny: their product is what it costs."""


def faults(statements: Sequence[Statement]) -> Iterator[tuple[Statement, Fault, str]]:
    """Yield (statement, fault, the other statement) of those that bear on Kinesis Video Streams."""
    first: dict[tuple[object, ...], Statement] = {}
    denies = [one for one in statements if not one.is_allow and not one.conditions]
    patterns = sum(len(one.actions) + len(one.resources or ()) for one in statements)
    for statement in statements:
        other = first.setdefault(_meaning(statement), statement)
        if other is not statement:
            yield statement, Fault.REPEATED, named(other)
        elif statement.is_allow and patterns <= MOST_PATTERNS:
            deny = next((one for one in denies if _covers(one, statement)), None)
            if deny is not None:
                yield statement, Fault.DENIED, named(deny)


def _meaning(statement: Statement) -> tuple[object, ...]:
    return (
        statement.is_allow,
        frozenset(text.lower() for text in statement.actions),
        statement.excludes_actions,
        frozenset(statement.resources or ()),
        statement.excludes_resources,
        frozenset(statement.conditions),
        statement.principals,
    )


def _covers(deny: Statement, allow: Statement) -> bool:
    """Whether a Deny without conditions takes all that an Allow does, as far as the patterns themselves show it."""
    if deny.principals != allow.principals or deny.excludes_actions or deny.excludes_resources:
        return False
    if allow.excludes_actions or allow.excludes_resources:
        return "*" in deny.actions and "*" in (deny.resources or ())
    wider = [text.lower() for text in deny.actions]
    return all(_within(text.lower(), wider) for text in allow.actions) and all(
        _within(text, deny.resources or ()) for text in allow.resources or ()
    )


def _within(pattern: str, wider: Sequence[str]) -> bool:
    """Whether one of `wider` takes whatever `pattern` takes: a star of it takes the stars of `pattern` too."""
    return any(
        pattern == one or ("?" not in one and "${" not in one and glob(pieces_of(one)).matches(pattern))
        for one in wider
    )
