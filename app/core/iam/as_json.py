"""Reasons and explanations as JSON: the same members from every command, page and file."""

from app.core.iam.explain import Explanation
from app.core.iam.reasons import Reason


def explanation_json(explanation: Explanation) -> dict[str, object]:
    """Return an explanation; `change` of a reason is null where another answer would not follow from it."""
    return {
        "principal": explanation.principal,
        "action": explanation.action,
        "resource": explanation.resource,
        "outcome": explanation.outcome.value,
        "verdict": explanation.verdict.value,
        "condition_keys": list(explanation.condition_keys),
        "reasons": [
            reason_json(reason, reason.change if explanation.decides(reason) else None)
            for reason in explanation.reasons
        ],
    }


def reason_json(reason: Reason, change: str | None) -> dict[str, object]:
    """Return a reason. `statement` counts from 0, the lines are those of the document printed with four spaces a level.

    `text` is the statement from line `first_line` on; `marked` are the lines that match the call.
    """
    return {
        "code": reason.code.value,
        "sentence": reason.sentence,
        "change": change,
        "layer": None if reason.layer is None else reason.layer.value,
        "via": reason.via,
        "policy": reason.policy,
        "policy_arn": reason.policy_arn,
        "policy_version": reason.policy_version,
        "statement": reason.statement,
        "sid": reason.sid,
        "condition_keys": list(reason.condition_keys),
        "text": reason.text or None,
        "first_line": reason.first_line,
        "marked": list(reason.marked),
    }
