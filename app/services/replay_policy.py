"""Replays what a principal called against policies that somebody thinks of giving it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from app.core.arn import account_id, account_text
from app.core.errors import InvalidInput
from app.core.leastprivilege.replay import Replayed, replay
from app.core.model.policy import PolicyDocument
from app.core.model.scope import Scope
from app.db.engine import read_only
from app.db.queries.recorded_calls import first_day_of_calls, recorded_calls
from app.db.queries.snapshots import load_snapshot

DAYS = 90
"""How far back calls are replayed, today included."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of the calls. `stored_since` is the first day of the account of which calls are stored at all.

    `failed` counts recorded calls that had not succeeded; they are not replayed.
    """

    calls: tuple[Replayed, ...]
    failed: int
    since: date
    stored_since: date | None


def replay_policy(
    engine: Engine, scope: Scope, principal_arn: str, policies: Iterable[PolicyDocument], *, now: datetime
) -> Replay:
    """Replay the stored calls of a role or user of the last 90 days, as its account is known now.

    Raises:
        MalformedPolicy: one of the policies is none.
        InvalidInput: the ARN names no account, or no caller that is known there.
    """
    account = account_id(principal_arn)
    if account is None:
        raise InvalidInput(f"{principal_arn!r} names no account; write the ARN of a role or user")
    if not scope.holds(account):
        raise InvalidInput(f"account {account_text(account)} is not watched")
    days = (now - timedelta(days=DAYS - 1)).date(), now.date()
    with read_only(engine) as connection:
        snapshot = load_snapshot(connection, scope, account)
        calls = recorded_calls(connection, scope, account, principal_arn, days)
        stored_since = first_day_of_calls(connection, scope, account)
    found = replay(snapshot, principal_arn, policies, calls)
    return Replay(found, sum(call.failed for call in calls), days[0], stored_since)
