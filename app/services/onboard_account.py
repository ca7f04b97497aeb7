"""Watch accounts: one by one, from accounts.toml, or all that the organization lists. Doing it again changes nothing.

Each function works in the caller's transaction, with the audit entry in it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.accounts_file import Defaults, role_arn
from app.core.arn import account_text
from app.core.model.account import Account, AccountKind
from app.core.model.feed import FeedKey
from app.core.model.organization import Organization, OrganizationAccount
from app.core.model.scope import EVERYTHING
from app.db.queries import accounts, audit, feeds, snapshots
from app.services.begin_anew import begin_anew
from app.services.poll_account import COLLECTORS, feeds_of

FeedPlan = Iterable[tuple[FeedKey, int]]
"""(feed, seconds between two runs)."""
ACTIVE = "ACTIVE"
"""Organizations' word for an account that can be looked into; suspended and closing ones cannot."""


def _none(_account: Account) -> FeedPlan:
    return ()


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often feeds run. `further` plans what an account has beside collectors: CloudTrail sources, evaluation."""

    poll_s: int
    further: Callable[[Account], FeedPlan] = _none

    def plan(self, account: Account) -> list[tuple[FeedKey, int]]:
        """Return all feeds of an account."""
        collecting = (
            (FeedKey(account.id, name, region), COLLECTORS[name].every_s or self.poll_s)
            for name, region in feeds_of(account)
        )
        return [*collecting, *self.further(account)]


def onboard(
    connection: Connection, account: Account, source: str, *, cadence: Cadence, actor: str, now: datetime
) -> bool:
    """Watch an account from `now` on; return whether it is new. Its feeds are due at once when they are new.

    `source` is "added", "file" or "organization". Feeds of Regions that are no longer the account's end; what was
    seen there stays. Feeds whose logs lie elsewhere by now begin anew.
    """
    before = accounts.account(connection, EVERYTHING, account.id)
    is_watched = any(watched.id == account.id for watched in accounts.accounts(connection, EVERYTHING))
    accounts.store_account(connection, account, source, now)
    if before is not None:
        begin_anew(connection, before, account, now)
    plan = cadence.plan(account)
    feeds.add_feeds(connection, plan, now)
    accounts.end_feeds(connection, account.id, [key for key, _ in plan])
    if before != account or not is_watched:
        audit.append(
            connection,
            actor=actor,
            action="watch_account" if not is_watched else "change_account",
            subject=f"account:{account_text(account.id)}",
            detail={"source": source, "role_arn": account.role_arn, "regions": list(account.regions)},
            now=now,
        )
    return before is None


def onboard_members(
    connection: Connection, lister: int, defaults: Defaults, *, cadence: Cadence, actor: str, now: datetime
) -> tuple[Account, ...]:
    """Watch every active account that the organization lists, as read by the account `lister`; return the new ones.

    An account that was added by hand or stands in accounts.toml keeps what is said there. One that has left the
    listing is watched no more; when the listing could not be read, nothing changes.
    """
    contents = snapshots.contents_of(connection, EVERYTHING, lister, names=["organization"])
    organization = contents.get(("organization", ""))
    if organization is None:
        return ()
    known = accounts.sources(connection)
    listed = [one for one in organization.accounts if known.get(one.id, "organization") == "organization"]
    members = [_member(one, defaults) for one in listed if one.status == ACTIVE]
    added = tuple(
        member
        for member in members
        if onboard(connection, member, "organization", cadence=cadence, actor=actor, now=now)
    )
    _end_those_gone(connection, organization, known, actor, now)
    return added


def _member(listed: OrganizationAccount, defaults: Defaults) -> Account:
    name = defaults.role_names[AccountKind.MEMBER]
    return Account(
        id=listed.id,
        name=listed.name,
        kind=AccountKind.MEMBER,
        role_arn=role_arn(defaults.partition, listed.id, name),
        external_id=defaults.external_id,
        regions=defaults.regions,
        partition=defaults.partition,
    )


def _end_those_gone(
    connection: Connection, organization: Organization, known: dict[int, str], actor: str, now: datetime
) -> None:
    """Watch no more the accounts that only this organization named and that it names no more."""
    there = {account.id for account in organization.accounts if account.status == ACTIVE}
    watched = {account.id for account in accounts.accounts(connection, EVERYTHING)}
    gone = sorted(watched & {number for number, source in known.items() if source == "organization"} - there)
    if not gone:
        return
    accounts.end_accounts(connection, gone, now)
    for number in gone:
        accounts.end_feeds(connection, number, [])
        audit.append(
            connection,
            actor=actor,
            action="end_account",
            subject=f"account:{account_text(number)}",
            detail={"reason": "the organization no longer lists it as active"},
            now=now,
        )
