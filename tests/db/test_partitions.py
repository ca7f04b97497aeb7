from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.partitions import drop_before, ensure_months, existing_months

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


def test_it_makes_each_month_once(app_engine):
    with app_engine.begin() as connection:
        assert ensure_months(connection, "event", [date(2026, 11, 30), NOVEMBER, OCTOBER]) == (OCTOBER, NOVEMBER)
        assert ensure_months(connection, "event", [NOVEMBER, DECEMBER]) == (DECEMBER,)
        assert {OCTOBER, NOVEMBER, DECEMBER} <= set(existing_months(connection, "event"))


def test_two_writers_that_need_the_same_month_both_get_it(app_engine):
    barrier = Barrier(2)
    made: list[tuple[date, ...]] = []

    def make() -> None:
        with app_engine.begin() as connection:
            barrier.wait()
            made.append(ensure_months(connection, "event_raw", [date(2031, 5, 5)]))

    threads = [Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [(), (date(2031, 5, 1),)]


def test_it_drops_whole_months_that_are_past(app_engine):
    with app_engine.begin() as connection:
        ensure_months(connection, "issued_session", [OCTOBER, NOVEMBER, DECEMBER])
    with app_engine.begin() as connection:
        dropped = drop_before(connection, "issued_session", date(2026, 12, 15))
        assert {OCTOBER, NOVEMBER} <= set(dropped)
        assert all(month >= DECEMBER for month in existing_months(connection, "issued_session"))


def test_only_months_of_the_three_tables_can_be_dropped(app_engine):
    with pytest.raises(DBAPIError, match="not partitioned"), app_engine.begin() as connection:
        connection.execute(text("select drop_month('account', '2026-11-01')"))
