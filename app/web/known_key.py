"""All that is stored of one access key or session, whichever of its sources knows it."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.core import arn
from app.core.model.event import ActorKind, KeyKind
from app.core.model.session import IssuedSession
from app.db.queries import lineage
from app.db.queries.activity import Activity, Use
from app.db.queries.events import EventRow, newest_of_key
from app.db.queries.key_listing import Listings, key_listings
from app.web.activity import BARS, asked_everywhere
from app.web.visit import Visit

_POOR = frozenset({ActorKind.ACCOUNT, ActorKind.UNKNOWN})


@dataclass(frozen=True, slots=True)
class KnownKey:
    """All that is stored of a key. `newest` is its newest call in the range.

    `asked` is the newest record of a role that was asked for with it, where nothing else tells whose it is.
    """

    key: str
    records: tuple[IssuedSession, ...]
    found: Activity
    newest: EventRow | None
    listings: Listings
    account: int | None
    asked: IssuedSession | None = None

    @property
    def is_session(self) -> bool:
        """Whether it is temporary, by its records, its calls or, failing both, its prefix."""
        if self.records or self.newest:
            return bool(self.records) or (self.newest is not None and self.newest.key_kind != KeyKind.LONG_TERM)
        return self.key.startswith("ASIA") or (self.asked is not None and self.asked.caller.kind is ActorKind.ROLE)

    @property
    def issued(self) -> IssuedSession | None:
        """The record that tells most of the session: the newest that names the key, whose ID may have come before."""
        return next((one for one in reversed(self.records) if one.access_key == self.key), None)

    @property
    def ends_at(self) -> datetime | None:
        """When the session ends or ended, as its record tells; None where none does."""
        return max((one.expires_at for one in self.records if one.expires_at), default=None)

    @property
    def principal(self) -> str:
        """The ARN of whom the key lets somebody be; "" where nothing tells."""
        if self.newest and self.newest.principal_arn:
            return self.newest.principal_arn
        if self.issued:
            return self.issued.role_arn
        if self.listings.listed:
            return self.listings.listed.user_arn
        return self.asked.caller.principal if self.asked else ""

    @property
    def session_name(self) -> str | None:
        """The name of the session; None where nothing tells it, or it is none."""
        if not self.is_session:
            return None
        asked = self.asked.caller.session_name if self.asked else None
        called = self.newest.session_name if self.newest else None
        return called or (self.issued.session_name if self.issued else None) or asked

    @property
    def person(self) -> str | None:
        """The person whom its newest record names."""
        if self.newest:
            return self.newest.person
        told = self.issued or self.asked
        return told.caller.person if told else None


def read_key(visit: Visit, key: str, records: tuple[IssuedSession, ...]) -> KnownKey:
    """Return what calls in the page's range, the records that issued it and IAM's listings tell of a key."""
    connection, scope = visit.connection, visit.scope
    found = asked_everywhere(visit, "access_key", key, bars=BARS)
    last = max(found.uses, key=lambda use: use.last_at, default=None)
    account = _account(last, records)
    newest = newest_of_key(connection, scope, last.account_id, key, visit.span.end) if last else None
    is_listed = not records and (newest is None or newest.key_kind == KeyKind.LONG_TERM)
    listings = Listings(None, ())
    if is_listed:
        listings = key_listings(connection, scope, key, () if account is None else {account})
    if account is None and listings.listed:
        account = listings.listed.account_id
    known = KnownKey(key, records, found, newest, listings, account)
    asked = None if known.principal else _asked(visit, key)
    if asked is None:
        return known
    return replace(known, asked=asked, account=asked.caller.account if account is None else account)


def _asked(visit: Visit, key: str) -> IssuedSession | None:
    """Return the newest record of a role that was asked for with a key; a refused one names its caller as well."""
    found = lineage.assumed_with(visit.connection, visit.scope, {key}, 1)
    return next((one for one in found if one.caller.kind not in _POOR), None)


def _account(last: Use | None, records: tuple[IssuedSession, ...]) -> int | None:
    """Return the account whose calls the key makes: that of its calls, else of the role."""
    if last is not None:
        return last.account_id
    return next((arn.account_id(one.role_arn) for one in records), None)
