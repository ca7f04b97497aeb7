"""The list of principals."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.core.model.grant import Known
from app.core.model.scope import EVERYTHING
from app.db.queries.by_name import NamePage
from app.db.queries.principal_pages import principal_rows
from app.services.read_principals import principal_lines
from tests.builders.accounts import CLINIC, NOW, make_part
from tests.builders.estate import REGION

START = NOW - timedelta(days=7)


@pytest.mark.usefixtures("estate")
def test_what_it_may_is_unknown_where_no_stream_was_ever_listed(engine: Engine) -> None:
    with engine.begin() as connection:
        page = NamePage(9, f"{CLINIC}:role/AuditReadOnly")
        rows = principal_rows(connection, EVERYTHING, page)
        (before,) = principal_lines(connection, EVERYTHING, rows, (), START, NOW)
        connection.exec_driver_sql(f"delete from part where account_id = {CLINIC} and part = 'streams'")
        make_part(connection, "streams", region=REGION, state="denied", seen_at=None)
        (after,) = principal_lines(connection, EVERYTHING, rows, (), START, NOW)
    assert (before.may, after.may) == (Known(6, 6), None)
