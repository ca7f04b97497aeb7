"""The hours in which no log file came to a folder that has one in nearly every hour, as they were found."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from app.core.coverage.silence import Silence
from app.core.model.integrity import PlaceKey
from app.db.sql import text

_OF_PLACE = "account_id = :account and folder = :folder and region = :region"


def silent_hours(connection: Connection, place: PlaceKey, start: datetime, end: datetime) -> tuple[datetime, ...]:
    """Return the whole hours from `start` to `end` in which no log file of a place was delivered, oldest first.

    A file that was listed by a digest alone came, too.
    """
    rows = connection.execute(
        # One probe of the index an hour: a busy folder has thousands of files in each.
        text("""select hour from generate_series(cast(:start as timestamptz), cast(:end as timestamptz)
                  - interval '1 hour', interval '1 hour') as hour
                where not exists (
                  select from log_file f where f.account_id = :account and f.folder = :folder and f.region = :region
                    and f.delivered_at >= hour and f.delivered_at < hour + interval '1 hour')
                order by hour"""),
        asdict(place) | {"start": start, "end": end},
    )
    return tuple(rows.scalars())


def store_silences(
    connection: Connection, place: PlaceKey, start: datetime, end: datetime, found: Iterable[Silence]
) -> None:
    """Put the silences of a place that begin from `start` to `end` in place of those that were found before."""
    whose = asdict(place)
    connection.execute(
        text(f"delete from log_silence where {_OF_PLACE} and starts_at >= :start and starts_at < :end"),
        whose | {"start": start, "end": end},
    )
    rows = [
        whose | {"starts_at": one.start, "ends_at": one.end, "with_file": one.with_file, "around": one.around}
        for one in found
    ]
    if rows:
        connection.execute(
            text("""insert into log_silence (account_id, folder, region, starts_at, ends_at, with_file, around)
                    values (:account, :folder, :region, :starts_at, :ends_at, :with_file, :around)"""),
            rows,
        )


def silences(connection: Connection, since: datetime) -> Mapping[PlaceKey, tuple[Silence, ...]]:
    """Return the silences of each place that ended after `since`, oldest first."""
    rows = connection.execute(
        text("""select account_id, folder, region, starts_at, ends_at, with_file, around from log_silence
                where ends_at > :since order by account_id, folder, region, starts_at"""),
        {"since": since},
    )
    found: dict[PlaceKey, list[Silence]] = {}
    for row in rows:
        one = Silence(row.starts_at, row.ends_at, row.with_file, row.around)
        found.setdefault(PlaceKey(row.account_id, row.folder, row.region), []).append(one)
    return {place: tuple(its) for place, its in found.items()}
