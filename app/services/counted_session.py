"""A session into an account all of whose calls are counted, those of S3 that go past boto3 too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from app.aws.ledger import Ledger
from app.aws.session import AccountSession, AwsSettings
from app.core.model.account import Account
from app.core.model.own_call import CallOutcome
from app.db.queries import own_calls


@contextmanager
def counted(
    engine: Engine, account: Account, aws: AwsSettings
) -> Iterator[tuple[AccountSession, Callable[[str, str, CallOutcome, int], None]]]:
    """Yield a session and what counts the calls that go past it; all are stored at the end, whatever came of them."""
    ledger = Ledger()

    def count(action: str, region: str, outcome: CallOutcome, n: int) -> None:
        for _ in range(n):
            ledger.begin(account.id, aws.now(), action, region)(outcome)

    try:
        with AccountSession(account, aws, ledger) as session:
            yield session, count
    finally:
        with engine.begin() as connection:
            own_calls.add_own_calls(connection, ledger.take())
