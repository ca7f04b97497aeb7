"""How far anybody can say who may do what in an account: by the grants that are stored, or as of a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.errors import InvalidInput
from app.core.matrix.then import Then
from app.core.model.scope import Scope
from app.db.queries import account_page, stream_pages
from app.db.queries.account_page import PolicyProblem
from app.db.queries.unjudged import unlisted_regions
from app.services.look_back import look_back


@dataclass(frozen=True, slots=True)
class Access:
    """Whether an account's policies were judged and its streams listed, and the policies that could not be used.

    `unlisted_regions` are those in which none was ever listed: what is granted there alone is not known.
    `then` is the account as it was, and what was granted in it; None: what is stored of now tells.
    """

    is_evaluated: bool
    is_unlisted: bool
    problems: tuple[PolicyProblem, ...]
    then: Then | None = None
    unlisted_regions: tuple[str, ...] = ()


def access_in(connection: Connection, scope: Scope, account: int, at: datetime | None) -> Access:
    """Return how far it is known who may do what in an account, now or as of `at`."""
    if at is None:
        return Access(
            account in stream_pages.evaluated_accounts(connection, scope),
            account in stream_pages.unlisted_accounts(connection, scope),
            account_page.policy_problems(connection, scope, account),
            unlisted_regions=unlisted_regions(connection, scope.narrowed(frozenset({account}))).get(account, ()),
        )
    try:
        then = look_back(connection, scope, account, at)
    except InvalidInput:  # an account that is not watched: of it nothing is stored either
        return Access(is_evaluated=False, is_unlisted=False, problems=())
    problems = (PolicyProblem(one.principal or "", one.policy, one.message) for one in then.matrix.problems)
    return Access(then.is_evaluated, then.is_unlisted, tuple(problems), then, then.unlisted_regions)
