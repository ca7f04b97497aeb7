"""What coverage is computed from: the trail settings of every account with their versions, and what was collected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, text

from app.core import parts as core_parts
from app.core.coverage.history import INVENTORY, SETTINGS, AccountHistory, Collected, Version
from app.core.model.scope import Scope
from app.core.model.snapshot import Part, PartState
from app.core.parts import Selectors
from app.db.queries import accounts
from app.db.queries.shell import scope_filter

LOG_SOURCES = ("s3_logs", "s3")


@dataclass(frozen=True, slots=True)
class CoverageInputs:
    """All that coverage needs over a time range."""

    histories: tuple[AccountHistory, ...]
    organization_selectors: Mapping[str, Selectors]
    collected: tuple[Collected, ...]


def coverage_inputs(connection: Connection, scope: Scope, since: datetime) -> CoverageInputs:
    """Return the accounts of a scope with every version of their settings that stood after `since`."""
    parts = _parts(connection, scope)
    versions = _versions(connection, scope, since)
    return CoverageInputs(
        tuple(
            AccountHistory(account, parts.get(account.id, ()), versions.get(account.id, ()))
            for account in accounts.accounts(connection, scope)
        ),
        _organization_selectors(connection),
        _collected(connection),
    )


def _parts(connection: Connection, scope: Scope) -> dict[int, tuple[Part, ...]]:
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, part, region, state, tried_at, seen_at, missing, message from part
                 where part = any(:names) and {condition} order by account_id, part, region"""),
        values | {"names": [*SETTINGS, *INVENTORY]},
    )
    found: dict[int, list[Part]] = {}
    for row in rows:
        part = Part(row.part, row.region, PartState(row.state), row.tried_at, row.seen_at, row.missing, row.message)
        found.setdefault(row.account_id, []).append(part)
    return {account: tuple(listed) for account, listed in found.items()}


def _versions(connection: Connection, scope: Scope, since: datetime) -> dict[int, tuple[Version, ...]]:
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, part, region, valid_from, valid_to, content from snapshot
                 where {condition} and (part = any(:settings) and (valid_to is null or valid_to > :since)
                    or part = any(:inventory) and valid_to is null)
                 order by account_id, part, region, valid_from"""),
        values | {"settings": list(SETTINGS), "inventory": list(INVENTORY), "since": since},
    )
    found: dict[int, list[Version]] = {}
    for row in rows:
        version = Version(row.part, row.region, row.valid_from, row.valid_to, _decoded(row.part, bytes(row.content)))
        found.setdefault(row.account_id, []).append(version)
    return {account: tuple(listed) for account, listed in found.items()}


def _organization_selectors(connection: Connection) -> dict[str, Selectors]:
    """Return the selectors of shared trails, by trail ARN: who may see a member may see how its calls are logged."""
    rows = connection.execute(
        text("""select content from snapshot where part = 'event_selectors' and valid_to is null
                and account_id in (select account_id from snapshot where part = 'organization' and valid_to is null)""")
    )
    contents = (_decoded("event_selectors", bytes(row.content)) for row in rows)
    return {read.trail: read for content in contents for read in content.trails}


def _collected(connection: Connection) -> tuple[Collected, ...]:
    """Return how far each log bucket was read. A bucket is read by the feeds of the account that names it."""
    rows = connection.execute(
        text("""select a.log_bucket, min(f.last_success_at) as read_until,
                       count(*) filter (where f.last_success_at is null) as never
                from account a join feed f using (account_id)
                where a.log_bucket is not null and a.removed_at is null and f.source = any(:sources)
                group by a.account_id, a.log_bucket"""),
        {"sources": list(LOG_SOURCES)},
    )
    return tuple(Collected(row.log_bucket, None, None if row.never else row.read_until) for row in rows)


@lru_cache(maxsize=4096)
def _decoded(part: str, content: bytes) -> Any:
    """Return a part's content. The same bytes come back on every page: they are decoded once."""
    return msgspec.json.decode(zstandard.decompress(content), type=core_parts.CONTENT[part])
