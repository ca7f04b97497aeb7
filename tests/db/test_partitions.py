from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import clock
from app.db.partitions import drop_months, ensure_months, existing_months, months_before

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
LONG_AGO = (date(2020, 10, 1), date(2020, 11, 1), date(2020, 12, 1))


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
        ensure_months(connection, "issued_session", LONG_AGO)
    with app_engine.begin() as connection:
        old = months_before(connection, "issued_session", date(2020, 12, 15))
        assert old == LONG_AGO[:2]
        assert drop_months(connection, "issued_session", old) == old
        assert existing_months(connection, "issued_session") == LONG_AGO[2:]


def test_a_month_that_is_gone_already_is_no_error(app_engine):
    with app_engine.begin() as connection:
        assert drop_months(connection, "event", LONG_AGO) == ()


def test_the_month_of_today_cannot_be_dropped(app_engine):
    today = clock.now().date()
    with app_engine.begin() as connection:
        ensure_months(connection, "event", [today])
    with pytest.raises(DBAPIError, match="is not over"), app_engine.begin() as connection:
        drop_months(connection, "event", [today])
    with app_engine.connect() as connection:
        assert existing_months(connection, "event") == (today.replace(day=1),)


def test_only_months_of_the_three_tables_can_be_dropped(app_engine):
    with pytest.raises(DBAPIError, match="not partitioned"), app_engine.begin() as connection:
        connection.execute(text("select drop_month('account', '2026-11-01')"))
