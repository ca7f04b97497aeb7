"""Polling the small emulated organization."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.iam.models import iam_backends
from sqlalchemy import Engine

from app import clock
from app.aws.budget import RateBudget
from app.aws.session import AwsSettings
from app.core.model.account import Account, AccountKind
from app.core.model.scope import EVERYTHING
from app.core.model.snapshot import Snapshot
from app.core.onboarding.policy import role_policy
from app.db.queries import accounts, snapshots
from app.services.poll_account import COLLECTORS, PollResult, poll

CAMS = "cams-prod-eu"


def aws_settings(aws: Any, **changes: Any) -> AwsSettings:
    """Return settings for the emulator: in no hurry to wait, in no need to spare it."""
    values = {"endpoint_url": aws.endpoint, "first_pause_s": 0.01, "attempts": 3, "budget": RateBudget(1e6, 1e6)}
    return AwsSettings("test", **(values | changes))


def account_of(aws: Any, name: str = CAMS) -> Account:
    """Return an account of the emulated organization as kvswatch watches it."""
    made = aws.estate.account(name)
    return Account(
        int(made.id),
        made.name,
        AccountKind(made.kind),
        aws.estate.scanner_role(made),
        aws.estate.external_id,
        made.regions,
        log_bucket=made.log_bucket,
    )


def watch(engine: Engine, account: Account) -> Account:
    """Store an account."""
    with engine.begin() as connection:
        accounts.store_account(connection, account, "added", clock.now())
    return account


def polled(engine: Engine, account: Account, settings: AwsSettings, **more: Any) -> PollResult:
    """Poll an account with the real clock."""
    return poll(engine, account, aws=settings, clock=clock.now, **more)


def snapshot_of(engine: Engine, account: Account) -> Snapshot:
    """Load what is known of an account."""
    with engine.begin() as connection:
        return snapshots.load_snapshot(connection, EVERYTHING, account.id)


@contextmanager
def authorizing(aws: Any, account: Account, *, deny: tuple[str, ...] = ()) -> Iterator[None]:
    """Let the emulator check each call; the account's role may do what the collectors declare, except `deny`."""
    wanted = {permission for collector in COLLECTORS.values() for permission in collector.permissions}
    name = account.role_arn.rsplit("/", 1)[-1]
    role = next(role for role in iam_backends[f"{account.id:012d}"]["aws"].roles.values() if role.name == name)
    before, role.policies = role.policies, {"declared": json.dumps(role_policy(sorted(wanted - set(deny))))}
    aws.authorizing = True
    try:
        yield
    finally:
        role.policies = before
        aws.authorizing = False
