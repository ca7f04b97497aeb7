from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.core.model.reading import Reading, ReadingState
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.snapshot import PartState
from app.core.parts import Streams
from app.db.queries import accounts
from app.db.queries.readings import readings
from app.db.queries.snapshots import mark_unseen, store_part
from tests.builders import iam
from tests.builders.accounts import NOW, make_account

HOUR = timedelta(hours=1)
REGION = "eu-central-1"


def around(engine: Engine, hours: float) -> dict[tuple[str, str], Reading]:
    with engine.connect() as connection:
        account = accounts.account(connection, EVERYTHING, iam.ACCOUNT)
        assert account is not None
        return {(one.part, one.region): one for one in readings(connection, EVERYTHING, account, NOW + hours * HOUR)}


def test_each_part_has_its_readings_and_one_that_nobody_read_is_among_them(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        make_account(connection, iam.ACCOUNT, regions=[REGION])
        for hour, streams in ((0, (iam.stream(),)), (1, (iam.stream(),)), (2, ())):
            store_part(connection, iam.ACCOUNT, "streams", REGION, Streams(streams), NOW + hour * HOUR)
        store_part(connection, iam.MANAGEMENT, "organization", "", iam.organization(), NOW + HOUR)

    found = around(app_engine, 1.5)

    assert found["streams", REGION] == Reading(iam.ACCOUNT, "streams", REGION, NOW, NOW + HOUR, NOW + 2 * HOUR)
    assert found["organization", ""].account == iam.MANAGEMENT
    assert found["iam", ""].state(NOW) is ReadingState.UNKNOWN
    assert found["channel_tags", REGION].next_at is None
    assert around(app_engine, 0.5)["organization", ""] == Reading(
        iam.MANAGEMENT, "organization", "", next_at=NOW + HOUR
    )
    assert around(app_engine, 3)["streams", REGION].state(NOW + 3 * HOUR) is ReadingState.NOT_READ_SINCE


@pytest.mark.parametrize("minutes", [15, 90], ids=["a reading failed", "they are far apart"])
def test_where_no_reading_succeeded_the_ones_on_both_sides_are_known(app_engine: Engine, minutes: int) -> None:
    after = NOW + timedelta(minutes=minutes)
    with app_engine.begin() as connection:
        make_account(connection, iam.ACCOUNT, regions=[REGION])
        store_part(connection, iam.ACCOUNT, "streams", REGION, Streams(()), NOW)
        if minutes < 60:
            failed = NOW + timedelta(minutes=5)
            mark_unseen(connection, iam.ACCOUNT, "streams", REGION, PartState.DENIED, None, "", failed)
        for n in range(3):
            store_part(connection, iam.ACCOUNT, "streams", REGION, Streams(()), after + n * timedelta(minutes=15))

    assert around(app_engine, minutes / 120)["streams", REGION].apart == (NOW, after)
    assert around(app_engine, minutes / 60 + 0.1)["streams", REGION].apart is None


def test_an_account_without_an_organization_says_that_its_policies_were_never_read(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        make_account(connection, iam.ACCOUNT, regions=[REGION])
        make_account(connection, iam.MANAGEMENT, name="main", kind="management")
        management = accounts.account(connection, EVERYTHING, iam.MANAGEMENT)
        assert management is not None
        assert all(one.part != "organization" for one in readings(connection, EVERYTHING, management, NOW))
        assert readings(connection, Scope(frozenset({iam.ACCOUNT})), management, NOW) == ()
    assert around(app_engine, 0)["organization", ""].first_at is None
