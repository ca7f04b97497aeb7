import pytest

from app.aws.ledger import Ledger
from app.aws.pages import items, pages
from app.aws.session import AccountSession
from app.core.errors import CouldNotLook
from tests.builders.polling import account_of, aws_settings

REGION = "eu-central-1"


class Answers:
    """A session whose answers are given."""

    def __init__(self, *answers):
        self.left = list(answers)
        self.asked = []

    def call(self, _service, _operation, _region="", **parameters):
        self.asked.append(parameters)
        return self.left.pop(0)


@pytest.fixture
def session(aws, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    with AccountSession(account_of(aws), aws_settings(aws), Ledger()) as session:
        yield session


def test_it_reads_all_pages_of_a_listing(aws, session):
    made = [stream.name for stream in aws.estate.account("cams-prod-eu").streams if stream.region == REGION]
    found = items(session, "kinesisvideo", "list_streams", "StreamInfoList", REGION, MaxResults=1)
    assert sorted(stream["StreamName"] for stream in found) == sorted(made)
    assert len(list(pages(session, "kinesisvideo", "list_streams", REGION, MaxResults=1))) == len(made) > 1


def test_it_reads_the_pages_of_iam(session):
    one_by_one = items(session, "iam", "list_roles", "Roles", MaxItems=7)
    assert len(one_by_one) == len(items(session, "iam", "list_roles", "Roles")) > 7


def test_an_empty_page_may_have_a_successor():
    session = Answers({"Accounts": [], "NextToken": "a"}, {"NextToken": "b"}, {"Accounts": [1]})
    assert items(session, "organizations", "list_accounts", "Accounts") == [1]
    assert session.asked == [{}, {"NextToken": "a"}, {"NextToken": "b"}]


def test_a_token_that_does_not_move_ends_in_an_error_and_not_never():
    session = Answers({"A": [1], "NextToken": "a"}, {"A": [2], "NextToken": "a"})
    with pytest.raises(CouldNotLook, match="repeats its page token"):
        items(session, "organizations", "list_accounts", "A")
