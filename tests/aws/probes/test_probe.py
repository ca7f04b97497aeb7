import pytest

from app import clock
from app.aws.ledger import Ledger
from app.aws.probes._probe import Asking
from app.aws.session import AccountSession
from app.core.errors import CouldNotLook
from tests.builders.polling import account_of, aws_settings


@pytest.fixture
def asking(aws):
    with AccountSession(account_of(aws), aws_settings(aws), Ledger()) as session:
        yield Asking(session, "eu-central-1", clock.now())


def test_what_was_found_is_not_asked_for_again(asking):
    asked = []
    for _ in range(2):
        assert asking.once("stream", lambda: asked.append(1) or "arn", "none") == "arn"
    assert asked == [1]


def test_what_may_not_be_looked_at_is_asked_for_once_too(asking):
    asked = []

    def denied():
        asked.append(1)
        raise CouldNotLook("no")

    for _ in range(2):
        assert asking.once("stream", denied, "none") == "none"
    assert asked == [1]
