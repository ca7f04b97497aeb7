"""What coverage is computed from: the trail settings of every account with their versions, and what was collected."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, Row

from app.core import parts as core_parts
from app.core.coverage.gaps import DAY, FILE, RECORD, Folder, Gap, UnreadFile, gaps, gaps_of_records
from app.core.coverage.history import INVENTORY, Collected, Strip, strips
from app.core.coverage.one_action import groups_of, with_actions
from app.core.coverage.settings import SETTINGS, AccountHistory, Version
from app.core.coverage.silence import Silence
from app.core.model.integrity import PlaceKey
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.snapshot import Part, PartState
from app.core.normalise.trail_file import WHOLE_FILE, time_of_record
from app.core.retention import Dropped
from app.core.timeline.buckets import floor
from app.core.trailfile.cursor import BucketCursor, from_json
from app.core.trailfile.digest.breaks import BreakKind
from app.core.trailfile.keys import file_key, written_to
from app.core.trailfile.shape import storable
from app.db.engine import once
from app.db.queries import accounts
from app.db.queries.dimensions import bounded
from app.db.queries.log_groups import LOG_GROUPS, log_groups
from app.db.queries.retention import dropped
from app.db.queries.shell import scope_filter
from app.db.queries.silences import silences
from app.db.sql import text

LOG_FILES, EVENT_HISTORY = "s3_logs", "lookup_events"
REJECTED, GONE = "rejected, see the account's page", "gone, though its digest lists it"
"""Why a file or a record of a gap was not read, when it is asked for no more."""
CROWDED = "too many objects in it are no log files"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CoverageInputs:
    """All that coverage needs over a time range."""

    histories: tuple[AccountHistory, ...]
    organizations: tuple[AccountHistory, ...]
    collected: tuple[Collected, ...]
    read_buckets: tuple[str, ...]
    dropped: Dropped | None

    def strips(
        self, history: AccountHistory, start: datetime, end: datetime, regions: Iterable[str] = ()
    ) -> tuple[Strip, ...]:
        """Return the strips of one of the accounts over [start, end); `regions` are told of even if they are empty."""
        told_of = tuple(regions)

        def of_actions(only: frozenset[str] | None = None) -> tuple[Strip, ...]:
            return strips(
                history,
                self.organizations,
                self.collected,
                start,
                end,
                self.read_buckets,
                self.dropped,
                told_of,
                only,
            )

        return with_actions(of_actions(), groups_of((history, *self.organizations)), of_actions)


@dataclass(frozen=True, slots=True)
class Shared:
    """What of the inputs is asked for all accounts at once, whichever of them a page is about."""

    organizations: tuple[AccountHistory, ...]
    collected: tuple[Collected, ...]
    read_buckets: tuple[str, ...]
    dropped: Dropped | None


def coverage_inputs(connection: Connection, scope: Scope, since: datetime) -> CoverageInputs:
    """Return the accounts of a scope with every version of their settings that stood after `since`.

    And what stood earlier on that day: so that ranges of one page that begin at different times share what is read.
    """
    since = floor(since, _DAY)
    shared = once(connection, ("shared coverage", since), lambda: shared_inputs(connection, EVERYTHING, since))
    question = "coverage", scope.accounts, since
    return once(connection, question, lambda: inputs_beside(connection, scope, since, shared))


def shared_inputs(connection: Connection, scope: Scope, since: datetime) -> Shared:
    """Return what is read for all accounts of a scope at once, and serves every scope within it."""
    return Shared(
        _organizations(connection, since),
        collected(connection, scope, since),
        read_buckets(connection),
        dropped(connection, "event"),
    )


def inputs_beside(connection: Connection, scope: Scope, since: datetime, shared: Shared) -> CoverageInputs:
    """Return the inputs of a scope, by what all scopes share."""
    parts = _parts(connection, scope)
    versions = _versions(connection, scope, since)
    return CoverageInputs(
        tuple(
            AccountHistory(account, parts.get(account.id, ()), versions.get(account.id, ()))
            for account in accounts.accounts(connection, scope)
        ),
        shared.organizations,
        tuple(one for one in shared.collected if scope.holds(one.account)),
        shared.read_buckets,
        shared.dropped,
    )


def trail_histories(
    connection: Connection, scope: Scope, since: datetime
) -> tuple[tuple[AccountHistory, ...], tuple[AccountHistory, ...]]:
    """Return the accounts of a scope with the settings of their trails alone, and those that list an organization."""
    parts = _parts(connection, scope)
    versions = _versions(connection, scope, since, ())
    known = accounts.accounts(connection, scope)
    own = (AccountHistory(account, parts.get(account.id, ()), versions.get(account.id, ())) for account in known)
    return tuple(own), _organizations(connection, since)


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


def _versions(
    connection: Connection, scope: Scope, since: datetime, inventory: Iterable[str] = INVENTORY
) -> dict[int, tuple[Version, ...]]:
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, part, region, valid_from, valid_to, seen_at, content from snapshot
                 where {condition} and (part = any(:settings) and (valid_to is null or valid_to > :since)
                    or part = any(:inventory) and valid_to is null)
                 order by account_id, part, region, valid_from"""),
        values | {"settings": list(SETTINGS), "inventory": list(inventory), "since": since},
    )
    found: dict[int, list[Version]] = {}
    for row in rows:
        content = _decoded(row.part, bytes(row.content))
        version = Version(row.part, row.region, row.valid_from, row.valid_to, content, row.seen_at)
        found.setdefault(row.account_id, []).append(version)
    return {account: tuple(listed) for account, listed in found.items()}


def _organizations(connection: Connection, since: datetime) -> tuple[AccountHistory, ...]:
    """Return the accounts that list an organization, with the selectors of the trails that they share.

    Whoever may see a member may see how its calls are logged.
    """
    listers = connection.execute(
        text("select account_id from snapshot where part = 'organization' and valid_to is null")
    ).scalars()
    scope = Scope(frozenset(listers))
    if not scope.accounts:
        return ()
    parts, versions = _parts(connection, scope), _versions(connection, scope, since)
    return tuple(
        AccountHistory(
            account,
            tuple(part for part in parts.get(account.id, ()) if part.name == "event_selectors"),
            tuple(version for version in versions.get(account.id, ()) if version.part == "event_selectors"),
        )
        for account in accounts.accounts(connection, scope)
    )


def collected(connection: Connection, scope: Scope, since: datetime) -> tuple[Collected, ...]:
    """Return how far each log folder, log group and event history was read, as the cursors of their feeds tell.

    The feed may be that of the log archive, and its folders those of all accounts: each is told to who may see its own.
    With the gaps since then: of folders the hours of which log files wait to be read or were rejected, or none came; of
    the others those around records that were rejected.
    """
    histories = _cursors(connection, EVENT_HISTORY)
    rejected = _rejected_singly(connection, since)
    found = (
        *(one for row in histories for one in _of_history(row.account_id, row.region, row.cursor, rejected)),
        *(one for _, one in folders(connection, since)),
        *_of_log_groups(connection, rejected),
    )
    return tuple(one for one in found if scope.holds(one.account))


def folders(connection: Connection, since: datetime) -> tuple[tuple[PlaceKey, Collected], ...]:
    """Return how far each folder of log files was read, with the gaps since then."""
    rows = (row for row in _cursors(connection, LOG_FILES) if row.log_bucket)
    read = [(row.region or row.log_bucket, from_json(row.cursor)) for row in rows]
    missing = gaps([*_waiting(read), *_rejected(connection, since), *_gone(connection, since)])
    silent = silences(connection, since)
    return tuple(one for bucket, position in read for one in _of_bucket(bucket, position, missing, silent))


def _cursors(connection: Connection, source: str) -> Sequence[Row[Any]]:
    return connection.execute(
        text("""select f.account_id, f.region, f.cursor, a.log_bucket
                from feed f join account a using (account_id)
                where (f.cursor is not null or f.source = :history) and a.removed_at is null and f.source = :source"""),
        {"source": source, "history": EVENT_HISTORY},
    ).all()


def _waiting(read: Iterable[tuple[str, BucketCursor]]) -> Iterator[UnreadFile]:
    """Yield the log files that did not come yet, and the days that hold too much else to be listed to their end."""
    for bucket, position in read:
        for prefix, place in position.places.items():
            yield from (UnreadFile(bucket, prefix + key, kept.reason) for key, kept in place.unread.items())
            yield from (UnreadFile(bucket, f"{prefix}{day:%Y/%m/%d}/*", CROWDED, DAY) for day in place.crowded)


def _rejected(connection: Connection, since: datetime) -> Iterator[UnreadFile]:
    """Yield what of log files in S3 was rejected: the whole of it (given up, damaged, too big), or what it holds."""
    rows = connection.execute(
        text(f"""select origin, place = '{WHOLE_FILE}' as is_whole, count(*) as n from rejected_record
                 where rejected_at >= :since and origin like 's3://%' group by 1, 2"""),
        # What a file holds was delivered before it was rejected; its gap ends with the hour, or with the day.
        {"since": since - _DAY},
    )
    for row in rows:
        bucket, _, key = row.origin.removeprefix("s3://").partition("/")
        yield UnreadFile(bucket, key, REJECTED, FILE if row.is_whole else RECORD, row.n)


_Singly = Mapping[tuple[int, str], tuple[Gap, ...]]


def _rejected_singly(connection: Connection, since: datetime) -> _Singly:
    """Return the gaps that rejected records left which came one by one, by the account and the source of their feed.

    An event history does not say of which Region a record was that cannot be read: it is missing in all of them.
    """
    rows = connection.execute(
        text("""select account_id, case when origin = :history then :history else :groups end as source, place,
                  rejected_at
                from rejected_record
                where account_id in (select account_id from feed where source in (:history, :groups))
                  and (origin = :history or origin like 'logs://%') and rejected_at >= :since"""),
        {"history": EVENT_HISTORY, "groups": LOG_GROUPS, "since": since - _DAY},
    )
    times: dict[tuple[int, str], list[datetime]] = defaultdict(list)
    for row in rows:
        # An earlier release did not write down when the call was: it came soon after it, unless it was read back.
        times[row.account_id, row.source].append(time_of_record(row.place) or row.rejected_at)
    return {feed: gaps_of_records(found, REJECTED) for feed, found in times.items()}


def _gone(connection: Connection, since: datetime) -> Iterator[UnreadFile]:
    """Yield the log files that a digest lists and that were not there when they were asked for."""
    rows = connection.execute(
        text("select origin from integrity_break where kind = :kind and at >= :since"),
        {"kind": BreakKind.LOG_MISSING, "since": since},
    )
    for origin in rows.scalars():
        bucket, _, key = origin.removeprefix("s3://").partition("/")
        yield UnreadFile(bucket, key, GONE)


def read_buckets(connection: Connection) -> tuple[str, ...]:
    """Return the buckets and the ARNs of the log groups that kvswatch reads."""
    rows = connection.execute(
        text("""select distinct coalesce(nullif(f.region, ''), a.log_bucket)
                from account a join feed f using (account_id)
                where a.log_bucket is not null and a.removed_at is null and f.source = :source"""),
        {"source": LOG_FILES},
    )
    return (*rows.scalars(), *(group.arn for group in log_groups(connection)))


def _of_log_groups(connection: Connection, rejected: _Singly) -> Iterator[Collected]:
    """Yield what was read of each log group, for each account and Region whose trail delivers to it."""
    groups = {group.arn: group for group in log_groups(connection)}
    if not groups:
        return
    rows = connection.execute(
        text(
            "select account_id, region, content from snapshot where part = 'trails' and valid_to is null order by 1, 2"
        )
    )
    for row in rows:
        for trail in _decoded("trails", bytes(row.content)).trails:
            group = groups.get(trail.log_group or "")
            if group is not None and (trail.is_multi_region or trail.home_region == row.region):
                missing = rejected.get((group.account, LOG_GROUPS), ())
                yield Collected(row.account_id, row.region, group.arn, group.back_to, group.until, missing)


def _of_bucket(
    bucket: str,
    position: BucketCursor,
    missing: Mapping[Folder, tuple[Gap, ...]],
    silent: Mapping[PlaceKey, tuple[Silence, ...]],
) -> Iterator[tuple[PlaceKey, Collected]]:
    """Yield what was read of each folder: back to its backfill, forwards to the last look for new files.

    The feed's last success would not do: it stands still while the backfill, or another folder, fails.
    """
    for prefix, place in position.places.items():
        # .../AWSLogs/[o-id/]<account>/CloudTrail/<region>/
        number, kind, region = prefix.rstrip("/").split("/")[-3:]
        account, folder = int(number), prefix.removesuffix(f"{kind}/{region}/")
        key = PlaceKey(account, bounded(storable(f"s3://{bucket}/{folder}")), region)
        first = place.backfill_day + _DAY if place.backfill_day else position.start
        last = file_key(prefix + place.last)
        end = place.listed_at or (last.delivered_at if last else None)
        start = datetime.combine(first, time(), UTC)
        gaps_ = missing.get((bucket, folder, region), ())
        yield key, Collected(account, region, bucket, start, end, gaps_, written_to(prefix), silent.get(key, ()))


def _of_history(account: int, region: str, cursor: Mapping[str, Any] | None, rejected: _Singly) -> Iterator[Collected]:
    """Yield what was read of an event history: back to where its pass is, or began when it is done; or nothing yet.

    The cursor of an earlier release does not say where it began: nothing is known of the time before its last look.
    """
    kvs = cursor.get("kvs") if cursor else None
    if kvs is None:
        yield Collected(account, region, "", None, None)
    else:
        back_to = kvs["back_to"] or kvs.get("start") or kvs["until"]
        since, until = datetime.fromisoformat(back_to), datetime.fromisoformat(kvs["until"])
        yield Collected(account, region, "", since, until, rejected.get((account, EVENT_HISTORY), ()))


@lru_cache(maxsize=4096)
def _decoded(part: str, content: bytes) -> Any:
    """Return a part's content. The same bytes come back on every page: they are decoded once."""
    return msgspec.json.decode(zstandard.decompress(content), type=core_parts.CONTENT[part])
