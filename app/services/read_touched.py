"""Whom a change of permissions touches: the principals that it names, and those that carry the policy or the group."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from app.core.kvs.actions import MEDIA_READ
from app.core.model.grant import Known
from app.core.model.principal import Iam, Principal, PrincipalKind
from app.core.model.scope import Scope
from app.core.normalise.access_change import carried, folded
from app.db.queries import principal_pages, snapshots
from app.services.read_access import access_in


@dataclass(frozen=True, slots=True)
class Touched:
    """One role or user as it stands now; `may` tells how many streams and channels it may watch, None: nobody knows.

    What there is in `unlisted_regions` is not among them.
    """

    id: int
    arn: str
    may: Known | None
    unlisted_regions: tuple[str, ...]


def touched_by(connection: Connection, scope: Scope, account_id: int, targets: Sequence[str]) -> tuple[Touched, ...]:
    """Return the roles and users of an account that `targets` are about, those that may watch most first.

    Who carries what is read as it stands now: one that lost the policy meanwhile is not among them.
    """
    iam = snapshots.contents_of(connection, scope, account_id, names=["iam"]).get(("iam", ""))
    if not targets or not isinstance(iam, Iam):
        return ()
    arns = [one.arn for one in iam.principals if _is_about(frozenset(targets), one)]
    ids = principal_pages.ids_of(connection, scope, arns)
    may = principal_pages.streams_may(connection, scope, ids.values(), MEDIA_READ)
    found = [(may.get(number, Known()), arn, number) for arn, number in ids.items()]
    access = access_in(connection, scope, account_id, None)
    is_known = access.is_evaluated and not access.is_unlisted
    return tuple(
        Touched(number, arn, own if is_known else None, access.unlisted_regions)
        for own, arn, number in sorted(found, key=lambda one: (-one[0].granted, -one[0].unknown, one[1]))
    )


def _is_about(targets: frozenset[str], principal: Principal) -> bool:
    if principal.kind is PrincipalKind.GROUP:
        return False
    return folded(principal.arn) in targets or not targets.isdisjoint(carried(principal))
