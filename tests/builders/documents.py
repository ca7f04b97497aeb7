"""Trust policies and managed policies, for tests of rules."""

import json
from typing import Any

from app.core.model.policy import PolicyDocument, PolicyKind
from tests.builders.iam import ACCOUNT

STRANGER = 620914387751


def trust(principal: Any, **more: Any) -> PolicyDocument:
    """Return a trust policy of one statement that lets `principal` in; `more` are further elements."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return PolicyDocument(PolicyKind.TRUST, "trust", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def managed(*statements: dict[str, Any], name: str = "shared", arn: str | None = None) -> PolicyDocument:
    """Return a managed policy, by default one of the account's own."""
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return PolicyDocument(PolicyKind.MANAGED, name, text, arn or f"arn:aws:iam::{ACCOUNT}:policy/{name}")


DEVICE_TRUST = trust({"Service": "credentials.iot.amazonaws.com"})
BOUND_DEVICE_TRUST = trust(
    {"Service": "credentials.iot.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": str(ACCOUNT)}}
)
