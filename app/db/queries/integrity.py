"""What pages and files tell of the integrity of log files: of one record, and of the hours of a range."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.core.integrity.timeline import Stretch
from app.core.integrity.verdict import of_file
from app.core.model.integrity import Judged, LogFile, Verdict
from app.core.model.scope import Scope
from app.core.query.cursor import EventKey
from app.db.queries._file_verdict import NONE_KNOWN, OF_NUMBER
from app.db.queries.event_filter import Where, in_scope
from app.db.queries.shell import scope_filter
from app.db.sql import text

OF_FILE = OF_NUMBER.format(event="e") + " and e.log_file is not null"
"""The verdict of the log file of an event `e`; no row when none is known."""
TEXT = f"coalesce(file.verdict, '{NONE_KNOWN}')"
"""What `record_integrity` tells, in one word and its reason: COPY writes files without us. The page says more: of a
changed file the hashes, and where a record came from that no log file is known of."""


@dataclass(frozen=True, slots=True)
class RecordIntegrity:
    """What holds of one record by its log file; `digest` lists that file, and is of the hour up to `ends_at`."""

    judged: Judged
    digest: str | None = None
    ends_at: datetime | None = None

    @property
    def starts_at(self) -> datetime | None:
        """When the digest's hour began, as its name tells."""
        return None if self.ends_at is None else self.ends_at - timedelta(hours=1)


def record_integrity(connection: Connection, scope: Scope, key: EventKey) -> RecordIntegrity:
    """Return what the digests prove of one event's record."""
    where = Where()
    in_scope(where, scope)
    where.add(f"account_id = {where.name(key.account)} and event_time = {where.name(key.event_time)}")
    where.add(f"event_id = {where.name(key.event_id)}")
    row = connection.execute(
        text(f"""select r.origin as lay_at, f.origin, f.delivered_at, f.read_sha256, f.read_problem, f.changed_sha256,
                   f.digest, f.listed_sha256, f.listed_algorithm, f.is_missing,
                   d.verdict, d.why, d.ends_at, h.verdict as hour_verdict, h.why as hour_why
                 from (select account_id, event_time, event_id, log_file from event where {where.sql}) e
                 left join event_raw r on r.account_id = e.account_id and r.event_time = e.event_time
                   and r.event_id = e.event_id
                 left join log_file f on f.account_id = e.account_id and f.number = e.log_file
                 left join digest d on d.account_id = f.account_id and d.origin = f.digest
                 left join integrity_hour h on h.account_id = f.account_id and h.region = f.region
                   and h.folder = f.folder and h.chain = ''
                   and h.starts_at = date_trunc('hour', f.delivered_at, 'UTC')"""),
        where.params,
    ).one_or_none()
    if row is None:
        return RecordIntegrity(of_file(None, None, None, None))
    file = None if row.origin is None else LogFile(*row[1:10])
    judged = of_file(row.lay_at, file, _judged(row.verdict, row.why), _judged(row.hour_verdict, row.hour_why))
    return RecordIntegrity(judged, file.digest if file else None, row.ends_at)


@dataclass(frozen=True, slots=True)
class Run:
    """Hours on end of one chain that got the same verdict for the same reason."""

    account: int
    region: str
    trail: str
    stretch: Stretch


def runs(connection: Connection, scope: Scope, start: datetime, end: datetime) -> tuple[Run, ...]:
    """Return the verdicts over a range, hours on end together, in order of account, Region and time."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, region, trail, verdict, why, min(starts_at) as starts_at, max(ends_at) as ends_at
                 from (select *, row_number() over (partition by account_id, region, folder, chain order by starts_at)
                         - row_number() over (partition by account_id, region, folder, chain, verdict, why
                                              order by starts_at) as run
                       from integrity_hour where starts_at < :end and ends_at > :start and {condition}) numbered
                 group by account_id, region, folder, chain, trail, verdict, why, run
                 order by account_id, region, starts_at, trail"""),
        values | {"start": start, "end": end},
    )
    return tuple(
        Run(
            row.account_id,
            row.region,
            row.trail,
            Stretch(row.starts_at, row.ends_at, Judged(Verdict(row.verdict), row.why)),
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class BreakRow:
    """One break, as it is kept."""

    account: int
    region: str
    origin: str
    kind: str
    what: str
    at: datetime


def breaks(connection: Connection, scope: Scope, start: datetime, end: datetime, most: int) -> tuple[BreakRow, ...]:
    """Return at most `most` breaks of a range, the newest first."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, region, origin, kind, what, at from integrity_break
                 where at >= :start and at < :end and {condition}
                 order by at desc, account_id, origin, kind limit {most:d}"""),
        values | {"start": start, "end": end},
    )
    return tuple(BreakRow(*row) for row in rows)


def count_of_breaks(connection: Connection, scope: Scope, start: datetime, end: datetime) -> dict[int, int]:
    """Return how many breaks of a range each account has that has any."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, count(*) as n from integrity_break
                 where at >= :start and at < :end and {condition} group by account_id order by account_id"""),
        values | {"start": start, "end": end},
    )
    return {row.account_id: row.n for row in rows}


def _judged(verdict: str | None, why: str | None) -> Judged | None:
    return None if verdict is None else Judged(Verdict(verdict), why or "")
