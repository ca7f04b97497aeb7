"""SQLAlchemy tables, one noun a file. Importing this package fills `metadata`.

Rules of the data model (they let the same schema run on Citus): `account_id` is the first column of every
primary and unique key of a fact table; dimensions are small and insert-only; no triggers on facts.
In facts an id of 0 says "none": row 0 of each dimension, so that rollup keys need no NULL.
"""

from app.db.tables._metadata import metadata
from app.db.tables.account import account, part, reading_gap, snapshot
from app.db.tables.alias import stream_alias
from app.db.tables.assumption import assumption_seen
from app.db.tables.dimension import action, principal, region, stream, user_agent
from app.db.tables.entry import role_entry, role_entry_state
from app.db.tables.event import (
    counted_day,
    event,
    event_raw,
    issued_session,
    issued_token,
    rejected_record,
    retention,
    roll_day,
    roll_dim,
    roll_hour,
    roll_use,
    touched_hour,
    zdict,
)
from app.db.tables.export import export
from app.db.tables.feed import feed, own_call, worker
from app.db.tables.finding import cannot_tell, finding, finding_change, judged_day, rule_run
from app.db.tables.grant import access_grant, grant_input, matrix_state, resource_set
from app.db.tables.integrity import digest, integrity_break, integrity_hour, log_file, log_silence
from app.db.tables.inventory import principal_state, stream_state
from app.db.tables.saved_view import saved_view
from app.db.tables.user import app_user, audit, install

__all__ = [
    "access_grant",
    "account",
    "action",
    "app_user",
    "assumption_seen",
    "audit",
    "cannot_tell",
    "counted_day",
    "digest",
    "event",
    "event_raw",
    "export",
    "feed",
    "finding",
    "finding_change",
    "grant_input",
    "install",
    "integrity_break",
    "integrity_hour",
    "issued_session",
    "issued_token",
    "judged_day",
    "log_file",
    "log_silence",
    "matrix_state",
    "metadata",
    "own_call",
    "part",
    "principal",
    "principal_state",
    "reading_gap",
    "region",
    "rejected_record",
    "resource_set",
    "retention",
    "role_entry",
    "role_entry_state",
    "roll_day",
    "roll_dim",
    "roll_hour",
    "roll_use",
    "rule_run",
    "saved_view",
    "snapshot",
    "stream",
    "stream_alias",
    "stream_state",
    "touched_hour",
    "user_agent",
    "worker",
    "zdict",
]
