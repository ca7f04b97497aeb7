"""What each part of an account held at which time, and how the last attempt at it ended.

A part's content is kept in versions. A reading that finds nothing new moves `seen_at` of the version that stands;
a reading that fails moves nothing but the part's state: nothing is ever deleted because it could not be read.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, Row

from app.core import parts as core_parts
from app.core.errors import InvalidInput
from app.core.model.account import Account
from app.core.model.organization import Organization
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.snapshot import Part, PartState, Snapshot
from app.db.queries import accounts
from app.db.queries.shell import scope_filter
from app.db.sql import text

_ENCODE = msgspec.json.Encoder(order="deterministic")
MOST_APART = timedelta(hours=1)
"""Readings that lie further apart are kept as a gap."""
_ORGANIZATION = "organization"
_STANDS = """case when cast(:at as timestamptz) is null then valid_to is null
  else valid_from <= :at and (valid_to is null or valid_to > :at) end"""


def store_part(connection: Connection, account_id: int, part: str, region: str, content: object, now: datetime) -> bool:
    """Store what was seen of a part at `now`; return whether that is a new version.

    Times that move by themselves (last used, last delivered) make no version: they are brought up to date in the
    version that stands.
    """
    _note_gap(connection, account_id, part, region, now)
    _mark(connection, Part(part, region, PartState.SEEN, now, now), account_id)
    return _store_version(connection, account_id, part, region, content, now, now)


def amend_part(
    connection: Connection, account_id: int, part: str, region: str, amended: Callable[[Any], object], now: datetime
) -> bool:
    """Store what `amended` makes of a part's content, of which a piece was read at `now`; return whether it is new.

    The part was tried, and was not seen as a whole: its `seen_at` stays, and that of its content with it: of the rest
    nobody knows whether it was still so at `now`. A part that was never seen stays so.
    """
    _mark(connection, Part(part, region, PartState.SEEN, now, None), account_id)
    held = next((row for row in _versions(connection, account_id, None, [part]) if row.region == region), None)
    if held is None:
        return False
    return _store_version(connection, account_id, part, region, amended(_decoded(held)), now, held.seen_at)


def _store_version(
    connection: Connection,
    account_id: int,
    part: str,
    region: str,
    content: object,
    now: datetime,
    seen_at: datetime,
) -> bool:
    raw = _ENCODE.encode(content)
    values = {
        "account_id": account_id,
        "part": part,
        "region": region,
        "now": now,
        "seen_at": seen_at,
        "hash": hashlib.sha256(_ENCODE.encode(core_parts.without_stamps(content))).digest(),
        "content": zstandard.compress(raw),
    }
    if _seen_again(connection, values):
        return False
    _close(connection, values)
    _add(connection, values)
    return True


def mark_unseen(
    connection: Connection,
    account_id: int,
    part: str,
    region: str,
    state: PartState,
    missing: str | None,
    message: str,
    now: datetime,
) -> None:
    """Write down that a part could not be read at `now`, and why; its content and `seen_at` stay."""
    _mark(connection, Part(part, region, state, now, None, missing, message), account_id)


def parts_of(connection: Connection, scope: Scope, account_id: int) -> tuple[Part, ...]:
    """Return the state of each part that was ever tried, in order of name and Region; none outside of the scope."""
    if not scope.holds(account_id):
        return ()
    rows = connection.execute(
        text("""select part, region, state, tried_at, seen_at, missing, message from part
                where account_id = :account_id order by part, region"""),
        {"account_id": account_id},
    )
    return tuple(Part(r.part, r.region, PartState(r.state), r.tried_at, r.seen_at, r.missing, r.message) for r in rows)


def contents_of(
    connection: Connection,
    scope: Scope,
    account_id: int,
    at: datetime | None = None,
    names: Iterable[str] | None = None,
) -> dict[tuple[str, str], Any]:
    """Return the contents by (part, Region) as they stand, or stood at `at`; only those of `names` if given.

    There are none outside of the scope.
    """
    if not scope.holds(account_id):
        return {}
    return {(row.part, row.region): _decoded(row) for row in _versions(connection, account_id, at, names)}


@dataclass(frozen=True, slots=True)
class Version:
    """One content of a part, found from `valid_from` to `seen_at` at least.

    Where a piece of it was read last, `seen_at` is before that: when all of it was.
    """

    valid_from: datetime
    seen_at: datetime
    part: str
    content: bytes

    def decoded(self) -> Any:
        """Return the content."""
        return _decoded(self)


def versions_of(
    connection: Connection, scope: Scope, account_id: int, part: str, limit: int, at: datetime | None = None
) -> tuple[Version, ...]:
    """Return the newest `limit` contents of a part that has no Region, the newest first; none outside of the scope.

    As of a time in the past: of those that had been found by then.
    """
    if not scope.holds(account_id):
        return ()
    rows = connection.execute(
        text("""select part, valid_from, seen_at, content from snapshot
                where account_id = :account_id and part = :part and region = ''
                  and (cast(:at as timestamptz) is null or valid_from <= :at)
                order by valid_from desc limit :limit"""),
        {"account_id": account_id, "part": part, "limit": limit, "at": at},
    )
    return tuple(Version(row.valid_from, row.seen_at, row.part, bytes(row.content)) for row in rows)


def load_snapshot(connection: Connection, scope: Scope, account_id: int, at: datetime | None = None) -> Snapshot:
    """Return all that is known of an account, now or as of `at`.

    The organization comes from the management account that lists it, with that part's state: whoever may see a member
    may see which of its policies hold there. As of an earlier time
    the states tell only what was held then; how attempts ended in the past is not kept.

    Raises:
        InvalidInput: no such account in the scope.
    """
    account = accounts.account(connection, scope, account_id)
    if account is None:
        raise InvalidInput(
            f"account {account_id:012d} is not watched: add it to the file that KVSWATCH_ACCOUNTS_FILE names"
        )
    versions = _versions(connection, account_id, at, None)
    states = parts_of(connection, scope, account_id) if at is None else tuple(_state_then(row, at) for row in versions)
    lister, organization = _organization(connection, account_id, at)
    return core_parts.assemble(
        account,
        at or _as_of(states, account, connection),
        [*(part for part in states if part.name != _ORGANIZATION), *_organization_part(connection, lister, at)],
        {(row.part, row.region): _decoded(row) for row in versions},
        organization=organization,
        organization_selectors={} if lister in {None, account_id} else _selectors(connection, lister, at),
        known_accounts=_known(connection, organization),
    )


def lister_of(connection: Connection, account_id: int, at: datetime | None) -> int | None:
    """Return the account whose listing of an organization holds `account_id`, or held it at `at`; None: none does."""
    return _organization(connection, account_id, at)[0]


def is_management_account(connection: Connection, scope: Scope, account_id: int) -> bool:
    """Return whether an organization's listing names an account, watched or not, as its management account.

    Whoever may see one of its accounts is told.
    """
    _, organization = _organization(connection, account_id, None)
    if organization is None or organization.management_account != account_id:
        return False
    return any(scope.holds(listed.id) for listed in organization.accounts)


def content_hash(
    connection: Connection,
    account_ids: Iterable[int],
    names: Iterable[str],
    *,
    salt: str,
    at: datetime | None = None,
) -> bytes:
    """Return a hash of what some parts of some accounts hold, or held at `at`, and of every organization's listing."""
    rows = connection.execute(
        text(f"""select account_id, part, region, content_hash from snapshot
                where {_STANDS}
                  and (part = 'organization' or (account_id = any(:accounts) and part = any(:names)))
                order by account_id, part, region"""),
        {"accounts": sorted(account_ids), "names": list(names), "at": at},
    )
    digest = hashlib.sha256(salt.encode())
    for row in rows:
        digest.update(f"|{row.account_id}|{row.part}|{row.region}|".encode() + bytes(row.content_hash))
    return digest.digest()


def _note_gap(connection: Connection, account_id: int, part: str, region: str, now: datetime) -> None:
    """Keep the interval since the last reading where one failed in it, or it is a long one: nobody looked there."""
    connection.execute(
        text("""insert into reading_gap (account_id, part, region, starts_at, ends_at)
                select account_id, part, region, seen_at, :now from part
                where account_id = :account_id and part = :part and region = :region and seen_at < :now
                  and (state <> 'seen' or seen_at < :late)
                on conflict do nothing"""),
        {"account_id": account_id, "part": part, "region": region, "now": now, "late": now - MOST_APART},
    )


def _seen_again(connection: Connection, values: Mapping[str, Any]) -> bool:
    again = connection.execute(
        text("""update snapshot set seen_at = greatest(seen_at, :seen_at), content = :content
                where account_id = :account_id and part = :part and region = :region
                  and valid_to is null and content_hash = :hash
                returning valid_from"""),
        values,
    )
    return again.first() is not None


def _close(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(
        text("""update snapshot set valid_to = greatest(:now, valid_from + interval '1 microsecond')
                where account_id = :account_id and part = :part and region = :region and valid_to is null"""),
        values,
    )


def _add(connection: Connection, values: Mapping[str, Any]) -> None:
    # After the latest version also when a clock went back: two versions never stand at the same time.
    connection.execute(
        text("""insert into snapshot (account_id, part, region, valid_from, seen_at, content_hash, content)
                select :account_id, :part, :region, greatest(:now, max(valid_to)), :seen_at, :hash, :content
                from snapshot where account_id = :account_id and part = :part and region = :region"""),
        values,
    )


def _mark(connection: Connection, part: Part, account_id: int) -> None:
    """Upsert the part's state; its row lock makes two pollers of the same part wait for each other."""
    connection.execute(
        text("""insert into part (account_id, part, region, state, tried_at, seen_at, missing, message)
                values (:account_id, :part, :region, :state, :tried_at, :seen_at, :missing, :message)
                on conflict (account_id, part, region) do update set
                  state = excluded.state, tried_at = excluded.tried_at,
                  seen_at = greatest(excluded.seen_at, part.seen_at),
                  missing = excluded.missing, message = excluded.message"""),
        {
            "account_id": account_id,
            "part": part.name,
            "region": part.region,
            "state": part.state.value,
            "tried_at": part.tried_at,
            "seen_at": part.seen_at,
            "missing": part.missing,
            "message": part.message,
        },
    )


def _versions(
    connection: Connection, account_id: int, at: datetime | None, names: Iterable[str] | None
) -> list[Row[Any]]:
    rows = connection.execute(
        text(f"""select part, region, valid_from, seen_at, content from snapshot
                where account_id = :account_id and (:every or part = any(:names))
                  and {_STANDS}
                order by part, region"""),
        {"account_id": account_id, "at": at, "every": names is None, "names": list(names or ())},
    )
    return list(rows)


def _decoded(row: Row[Any] | Version) -> Any:
    return msgspec.json.decode(zstandard.decompress(row.content), type=core_parts.CONTENT[row.part])


def _state_then(row: Row[Any], at: datetime) -> Part:
    seen_at = min(row.seen_at, at)
    return Part(row.part, row.region, PartState.SEEN, seen_at, seen_at)


def _as_of(states: Iterable[Part], account: Account, connection: Connection) -> datetime:
    """Return when the newest part was tried; before the first attempt, when the account was added."""
    tried = [part.tried_at for part in states if part.tried_at is not None]
    return max(tried) if tried else accounts.added_at(connection, account.id)


def organization_ids(connection: Connection, scope: Scope) -> tuple[str, ...]:
    """Return the ids of the organizations that accounts of the scope list, as they were read last: "o-a1b2c3d4e5"."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"select content from snapshot where part = :part and valid_to is null and {condition} order by 1"),
        values | {"part": _ORGANIZATION},
    )
    ids = (_organization_id(bytes(content)) for content in rows.scalars())
    return tuple(sorted({one for one in ids if one}))


# Every page asks; what an account lists is its whole organization, and changes seldom.
@lru_cache(maxsize=64)
def _organization_id(content: bytes) -> str:
    organization: Organization = msgspec.json.decode(zstandard.decompress(content), type=Organization)
    return organization.id


def _organization(
    connection: Connection, account_id: int, at: datetime | None
) -> tuple[int | None, Organization | None]:
    """Return the account whose listing holds `account_id`, and the listing; (None, None) when none does."""
    for lister in _listers(connection):
        organization = contents_of(connection, EVERYTHING, lister, at, [_ORGANIZATION]).get((_ORGANIZATION, ""))
        if organization is not None and any(listed.id == account_id for listed in organization.accounts):
            return lister, organization
    return None, None


def _listers(connection: Connection) -> list[int]:
    rows = connection.execute(
        text("select distinct account_id from snapshot where part = :part order by account_id"), {"part": _ORGANIZATION}
    )
    return list(rows.scalars())


def _organization_part(connection: Connection, lister: int | None, at: datetime | None) -> list[Part]:
    """Return the state of the listing that holds the account, else of one that was tried and never read."""
    if lister is None:
        return [] if at is not None else _never_read(connection)
    if at is not None:
        return [_state_then(row, at) for row in _versions(connection, lister, at, [_ORGANIZATION])]
    return [part for part in parts_of(connection, EVERYTHING, lister) if part.name == _ORGANIZATION]


def _never_read(connection: Connection) -> list[Part]:
    row = connection.execute(
        text("""select account_id from part where part = :part and seen_at is null
                order by tried_at desc, account_id limit 1"""),
        {"part": _ORGANIZATION},
    ).one_or_none()
    tried = () if row is None else parts_of(connection, EVERYTHING, row.account_id)
    return [part for part in tried if part.name == _ORGANIZATION]


def _selectors(connection: Connection, lister: int | None, at: datetime | None) -> dict[str, core_parts.Selectors]:
    if lister is None:
        return {}
    contents = contents_of(connection, EVERYTHING, lister, at, ["event_selectors"])
    return {read.trail: read for content in contents.values() for read in content.trails}


def _known(connection: Connection, organization: Organization | None) -> frozenset[int]:
    onboarded = {account.id for account in accounts.accounts(connection, EVERYTHING)}
    listed = set() if organization is None else {account.id for account in organization.accounts}
    return frozenset(onboarded | listed)
