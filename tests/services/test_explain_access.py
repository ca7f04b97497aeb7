"""What the command line (tests/cli/test_iam.py) and the page (tests/web/pages/test_explain.py) share."""

import pytest
from sqlalchemy import Engine

from app.core.errors import InvalidInput
from app.core.model.principal import Iam
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.snapshots import store_part
from app.services.explain_access import explain_access
from tests.builders import iam
from tests.builders.accounts import CLINIC, NOW, make_account

READER = f"arn:aws:iam::{CLINIC}:role/Reader"


@pytest.fixture
def read(engine: Engine) -> Engine:
    with engine.begin() as connection:
        make_account(connection, kind="management")
        store_part(connection, CLINIC, "iam", "", Iam((iam.role(iam.allow(), arn=READER, name="Reader"),), ()), NOW)
    return engine


def test_the_account_is_that_of_the_principal_where_the_action_takes_no_resource(read: Engine) -> None:
    with read.connect() as connection:
        found = explain_access(connection, EVERYTHING, READER, "kinesisvideo:ListStreams", "*")
    assert found.explanation.outcome == "allow"
    assert "note" not in found.as_json()


def test_nothing_is_explained_of_an_account_out_of_scope(read: Engine) -> None:
    with read.connect() as connection, pytest.raises(InvalidInput, match="is not watched"):
        explain_access(connection, Scope(frozenset()), READER, "ListStreams", "*")
