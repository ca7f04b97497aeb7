"""The keys behind a key or principal: what it took, what was taken with that, and so on, ended sessions too."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.lineage.chain import COPIES_WITHIN
from app.core.model.scope import Scope
from app.db.queries.lineage import CORRECTED_SESSION
from app.db.queries.shell import scope_filter
from app.db.queries.still_alive import LONGEST
from app.db.sql import text

MOST_FOLLOWED = 5_000
"""So many sessions that were taken directly are followed, the newest, and as many of those behind them."""
_COPY = f"""
  left join lateral (
    select r.account_id, s.event_time, s.shared_event_id from principal r
    where r.id = s.role_id and s.access_key is null and s.shared_event_id is not null) o on true
  left join lateral (
    select s.access_key from issued_session s
    -- The first is no part of the index, but spares the look into it where the key is known.
    where o.account_id is not null and s.account_id = o.account_id
      and s.event_time between o.event_time - :within and o.event_time + :within
      and s.shared_event_id = o.shared_event_id and s.access_key is not null and {{condition}}
      and not exists ({CORRECTED_SESSION}) limit 1) c on true"""
"""Where the caller's own copy of a call lacks the issued key, that of the role's account has it."""
_ISSUED = """coalesce(s.access_key, c.access_key) as access_key, s.event_time,
  coalesce(s.shared_event_id, cast(s.event_id as text)) as call"""


@dataclass(frozen=True, slots=True)
class Followed:
    """The keys of those sessions with which something may have been taken or drawn that is alive.

    `is_cut`: there are more sessions than are followed. Of `unnamed` no record names the key: what was done with it
    is not known.
    """

    keys: frozenset[str] = frozenset()
    is_cut: bool = False
    unnamed: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out that records could tell of."""
        return not self.is_cut and not self.unnamed


def followed_keys(connection: Connection, scope: Scope, principal_id: int, key: str | None, now: datetime) -> Followed:
    """Return the keys that were issued to a key (None: to a principal), and hop by hop to those.

    However many hops: a session that takes its own role again each hour has a new key each hour. A key that ended more
    than the longest life ago led to nothing that is alive but by those behind it, and is not returned.
    """
    condition, values = scope_filter(scope, "s.account_id")
    # As the index has it: what AWS services take is most, and nobody's to ask about.
    whose = "s.caller_key = :key" if key else "s.caller_kind <> 'service' and s.caller_id = :principal"
    copy = _COPY.format(condition=condition)
    kept = f"s.error_code is null and {condition}"
    row = connection.execute(
        text(f"""with recursive first as (
                   select * from issued_session s where {whose} and s.event_time < :now and {kept}
                   order by s.event_time desc limit :most + 1),
                 issued as (
                   select {_ISSUED} from (select * from first order by event_time desc limit :most) s {copy}
                   where not exists ({CORRECTED_SESSION})
                   union
                   select {_ISSUED} from issued i join issued_session s on s.caller_key = i.access_key
                     and s.event_time between i.event_time - :within and i.event_time + :longest + :within {copy}
                   where s.event_time < :now and {kept} and not exists ({CORRECTED_SESSION})),
                 followed as (select * from issued limit 2 * :most)
                 select count(*) = 2 * :most or (select count(*) from first) > :most as is_cut,
                   count(distinct call) filter (where access_key is null) as unnamed,
                   array_agg(distinct access_key) filter (where event_time > :since and access_key is not null) as keys
                 from followed"""),
        values
        | {"key": key, "principal": principal_id, "now": now, "since": now - 2 * LONGEST, "longest": LONGEST}
        | {"within": COPIES_WITHIN, "most": MOST_FOLLOWED},
    ).one()
    return Followed(frozenset(row.keys or ()), row.is_cut, row.unnamed)
