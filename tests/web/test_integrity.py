import re
from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.integrity.timeline import NOT_JUDGED
from app.core.integrity.verdict import NOT_DELIVERED as LATE
from app.core.model.scope import EVERYTHING, Scope
from app.web.integrity import MOST_BREAKS, MOST_REASONS, worst_accounts
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.integrity import make_integrity
from tests.builders.statement import START, make_looked_at

OTHER = 111122223333


def test_the_account_with_the_most_breaks_comes_first(engine: Engine) -> None:
    span = NOW - timedelta(days=2), NOW
    with engine.begin() as connection:
        make_integrity(connection, OTHER, NOW, verdict="broken", why="edited")
        for hours in (1, 2, 3):
            make_integrity(connection, CLINIC, NOW - timedelta(hours=hours), verdict="broken", why="edited")
        assert worst_accounts(connection, EVERYTHING, *span) == ((CLINIC, 3), (OTHER, 1))
        assert worst_accounts(connection, Scope(frozenset({OTHER})), *span) == ((OTHER, 1),)


def test_of_many_breaks_the_newest_are_named_and_the_rest_counted(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        for hours in range(MOST_BREAKS + 3):
            make_integrity(connection, CLINIC, NOW - timedelta(hours=hours), verdict="broken", why=f"no {hours}!")
    page = client.get("/coverage").text
    assert "no 0!" in page
    assert f"no {MOST_BREAKS}!" not in page
    assert "3 more: narrow the range, or take the CSV." in page


def _unverified(page: str) -> tuple[str, dict[str, str]]:
    section = page.partition("<h2>Unverified ")[2].partition("</section>")[0]
    return section.partition("</h2>")[0], {why: hours for hours, why in re.findall(_LINE, section)}


_LINE = r"<dt>([^<]+)</dt><dd><bdi>([^<]+)</bdi>"


def test_why_hours_are_unverified_is_told_of_all_that_the_lines_show_as_such(
    client: TestClient, engine: Engine
) -> None:
    four = {"start": NOW - timedelta(hours=4, minutes=41), "verdict": "unverified", "why": LATE}
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, OTHER, name="other")
        make_integrity(connection, CLINIC, NOW.replace(minute=0), **four)
        make_integrity(connection, CLINIC, NOW.replace(minute=0), region="us-east-1", file="a", digest="b")
        # Two chains say of one hour what one line says of it.
        make_integrity(connection, OTHER, NOW.replace(minute=0), file="c", digest="d")
        make_integrity(connection, OTHER, NOW.replace(minute=0), trail="more", verdict="unverified", why=LATE)
    span = "from=2026-11-22T09:00Z&to=2026-11-23T09:00Z"
    assert _unverified(client.get(f"/coverage?{span}").text) == (
        "<small>hours of the clock, added up over 3 Regions of 2 accounts</small>",
        {NOT_JUDGED.why: "66 hours", LATE: "5 hours"},
    )
    one = client.get(f"/coverage?account={OTHER}&{span}").text
    assert _unverified(one)[0] == "<small>hours of the clock</small>"


def test_reasons_that_are_not_listed_are_added_up(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        for hours in range(MOST_REASONS + 2):
            make_integrity(connection, CLINIC, NOW - timedelta(hours=hours), verdict="unverified", why=f"no {hours}")
    _, told = _unverified(client.get("/coverage").text)
    assert len(told) == MOST_REASONS + 1
    assert told["other reasons"] == "3 hours"


def test_a_statement_counts_the_hours_that_the_page_of_coverage_counts(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
    span = f"from={START - timedelta(days=9):%Y-%m-%dT%H:%MZ}&to={START + timedelta(hours=5):%Y-%m-%dT%H:%MZ}"
    _, told = _unverified(client.get(f"/coverage?{span}").text)
    page = client.get(f"/streams/{row.id}/statement?{span}").text
    assert told == {NOT_JUDGED.why: "192 hours"}
    assert ("192 hours", NOT_JUDGED.why) in re.findall(_LINE, page)
    assert "The log files of 192 hours are unverified." in page


def test_time_that_is_still_to_come_is_not_unverified(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_integrity(connection, CLINIC, NOW.replace(minute=0))
    _, told = _unverified(client.get("/coverage?from=now-2h&to=2026-11-24T09:00Z").text)
    assert told == {NOT_JUDGED.why: "2 hours"}
    assert "No log file in S3 was checked" in client.get("/coverage?from=2026-11-24T09:00Z&to=2026-11-25T09:00Z").text
