"""What pages and files tell of the integrity of log files: of one record, and of the hours of a range."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from app.core.integrity.verdict import of_file
from app.core.model.integrity import Judged, LogFile, Verdict
from app.core.model.scope import Scope
from app.core.query.cursor import EventKey
from app.db.queries.event_filter import Where, in_scope


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
                 from (select account_id, origin from event_raw where {where.sql}) r
                 left join log_file f on f.account_id = r.account_id and f.origin = r.origin
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


def _judged(verdict: str | None, why: str | None) -> Judged | None:
    return None if verdict is None else Judged(Verdict(verdict), why or "")
