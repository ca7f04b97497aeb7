from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.core.errors import InvalidInput
from app.core.model.principal import Iam
from app.core.model.scope import EVERYTHING
from app.core.parts import Streams
from app.db.queries import snapshots
from app.db.queries.grants import grants
from app.services.build_access_matrix import build_access_matrix
from tests.builders import iam
from tests.builders.accounts import make_account
from tests.builders.facts import NOW

LATER = NOW + timedelta(hours=1)


def poll(engine: Engine, *principals) -> None:
    with engine.begin() as connection:
        snapshots.store_part(connection, iam.ACCOUNT, "iam", "", Iam(principals, ()), NOW)
        snapshots.store_part(connection, iam.ACCOUNT, "streams", "eu-central-1", Streams((iam.stream(),)), NOW)
        snapshots.store_part(connection, iam.MANAGEMENT, "organization", "", iam.organization(), NOW)


@pytest.fixture
def watched(app_engine: Engine) -> Engine:
    with app_engine.begin() as connection:
        make_account(connection, iam.ACCOUNT, regions=["eu-central-1"])
    return app_engine


def stored(engine: Engine):
    with engine.connect() as connection:
        return grants(connection, EVERYTHING, iam.ACCOUNT)


def test_it_stores_what_every_principal_may_do(watched: Engine):
    poll(watched, iam.role(iam.allow("kinesisvideo:GetMedia")))

    assert build_access_matrix(watched, iam.ACCOUNT, now=NOW)
    assert {
        (grant.principal, grant.action, grant.resources) for grant in stored(watched) if "role" in grant.principal
    } == {(iam.ROLE, "GetMedia", (iam.CAMERA,))}


def test_it_computes_nothing_while_nothing_changed(watched: Engine):
    poll(watched, iam.role(iam.allow("kinesisvideo:GetMedia")))
    build_access_matrix(watched, iam.ACCOUNT, now=NOW)

    assert not build_access_matrix(watched, iam.ACCOUNT, now=LATER)

    poll(watched, iam.role(iam.allow("kinesisvideo:PutMedia")))
    assert build_access_matrix(watched, iam.ACCOUNT, now=LATER)
    assert "PutMedia" in {grant.action for grant in stored(watched) if grant.principal == iam.ROLE}


def test_an_account_whose_iam_was_never_read_has_no_matrix(watched: Engine):
    assert not build_access_matrix(watched, iam.ACCOUNT, now=NOW)
    assert stored(watched) is None


def test_a_policy_that_does_not_parse_is_kept_for_the_page(watched: Engine):
    poll(watched, iam.role(inline=(type(iam.NO_TAGS_FROM_SESSION)("inline", "broken", "{"),)))

    build_access_matrix(watched, iam.ACCOUNT, now=NOW)

    with watched.connect() as connection:
        (problem,) = connection.execute(text("select problems from matrix_state")).scalar_one()
    assert problem["policy"] == "broken"


def test_an_unknown_account_is_refused(app_engine: Engine):
    with pytest.raises(InvalidInput, match="000000000007"):
        build_access_matrix(app_engine, 7, now=NOW)
