"""Probing permissions in the small emulated organization."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.iam.models import iam_backends

from app import clock
from app.aws.errors import NotThere
from app.aws.ledger import Ledger
from app.aws.probes._probe import Asking, Probes
from app.aws.session import AccountSession
from app.core.errors import CouldNotLook
from app.core.model.account import Account
from app.core.onboarding.inputs import log_group_arn, queue_arn
from app.core.onboarding.policy import role_policy
from tests.builders.polling import aws_settings

REGION = "eu-central-1"


@contextmanager
def allowing(aws: Any, account: Account, permissions: Iterable[str]) -> Iterator[None]:
    """Let the account's role do exactly this, as kvswatch onboard would write it, and have each call checked."""
    role = scanner_role(account)
    queue = None if account.log_queue is None else queue_arn(account.log_queue)
    group = None if account.log_group is None else log_group_arn(account.log_group)
    policy = role_policy(permissions, account.log_buckets, queue=queue, log_group=group)
    before, role.policies = role.policies, {"exactly": json.dumps(policy)}
    was, aws.authorizing = aws.authorizing, True
    try:
        yield
    finally:
        role.policies, aws.authorizing = before, was


@contextmanager
def trusting(account: Account, policy: dict[str, Any]) -> Iterator[None]:
    """Give the account's role another trust policy."""
    role = scanner_role(account)
    before, role.assume_role_policy_document = role.assume_role_policy_document, json.dumps(policy)
    try:
        yield
    finally:
        role.assume_role_policy_document = before


def scanner_role(account: Account) -> Any:
    """Return the emulated role that kvswatch assumes in an account."""
    name = account.role_arn.rsplit("/", 1)[-1]
    return next(role for role in iam_backends[f"{account.id:012d}"]["aws"].roles.values() if role.name == name)


def refusal(aws: Any, account: Account, probes: Probes, action: str, allowed: Iterable[str]) -> CouldNotLook | None:
    """Return how AWS refuses the probe of `action` to a role that may do what is `allowed`; None when it does not."""
    with allowing(aws, account, allowed), AccountSession(account, aws_settings(aws), Ledger()) as session:
        try:
            probes.of[action](Asking(session, REGION, clock.now()))
        except NotThere:
            return None
        except CouldNotLook as error:
            return error
    return None
