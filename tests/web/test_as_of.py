"""The control that asks for a time, and what a page says of it."""

import html
import re

import pytest
from fastapi import FastAPI, Request
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.iam.matrix import EVALUATOR_VERSION
from app.core.model.grant import Grant, Outcome
from app.core.model.reading import Reading
from app.core.readings import AsOf
from app.db.queries.grants import store_matrix
from app.web.as_of import MOST_TOLD, AsOfView, as_of_view
from app.web.visit import visiting
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.past import CHANGED, FIRST, LAST, THEN

READINGS = (Reading(CLINIC, "iam", "", FIRST, LAST, CHANGED), Reading(CLINIC, "streams", "eu-central-1"))


def view(web_app: FastAPI, query: str, accounts: int = 1) -> tuple[AsOfView, tuple[str, ...], list[tuple[str, str]]]:
    found = []

    @web_app.get("/probe")
    def probe(request: Request) -> None:
        with visiting(request, has_at=True) as visit:
            told = {n: AsOf(visit.past, READINGS) for n in (CLINIC, *range(1, accounts))} if visit.past else {}
            found.append(
                (
                    as_of_view(visit, told),
                    visit.complaints,
                    [("from", visit.span.from_text), ("to", visit.span.to_text)],
                )
            )

    with TestClient(web_app, base_url="http://127.0.0.1") as client:
        assert client.get(f"/probe?{query}").status_code == 200
    return found[0]


def test_now_it_asks_for_a_time_and_keeps_the_rest_of_the_question(web_app: FastAPI) -> None:
    found, complaints, ranged = view(web_app, "account=1&from=now-3d&page=2")
    assert (found.said, found.doubts, found.folded) == ("", (), ())
    assert (found.latest, found.hidden) == ("2026-11-23T09:41", (("account", "1"),))
    assert ranged == [("from", "now-3d"), ("to", "")]
    assert len(complaints) == 2  # of the account, and of a page


def test_then_it_leads_back_to_now_and_tells_doubts_apart(web_app: FastAPI) -> None:
    found, _, ranged = view(web_app, "at=now-7d&q=x&from=now-1d")
    assert (found.value, found.said) == ("2026-11-16T09:41", "2026-11-16 09:41:00Z")
    assert found.drop == "/probe?q=x&from=now-1d"
    assert [line.partition(":")[0] for line in found.doubts] == ["Streams (eu-central-1)"]
    assert [line.partition(":")[0] for line in found.folded] == ["Roles, users and policies"]
    assert ranged == [("from", "2026-11-15T09:41Z"), ("to", "2026-11-16T09:41Z")]


def test_of_many_accounts_one_sentence_stands_there_and_the_others_folded(web_app: FastAPI) -> None:
    found, _, _ = view(web_app, "at=now-7d", MOST_TOLD + 5)
    of_all = f"{MOST_TOLD + 5} of {MOST_TOLD + 5} accounts"
    assert found.doubts == (f"{of_all} have parts that were not known then, or changed between two readings.",)
    assert len(found.folded) == MOST_TOLD + 1
    assert found.folded[0].startswith(f"{CLINIC} {CLINIC}: Streams")
    assert found.folded[-1].startswith(f"And {MOST_TOLD + 10} more")


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        (READINGS, "Permissions and settings are those read before 2026-11-16 09:41:00Z."),
        (
            READINGS[1:],
            "No permissions and no settings had been read before 2026-11-16 09:41:00Z: what they",
        ),
    ],
    ids=["some of it read", "nothing read"],
)
def test_it_says_whether_anything_had_been_read_then(
    web_app: FastAPI, monkeypatch: pytest.MonkeyPatch, readings: tuple[Reading, ...], said: str
) -> None:
    monkeypatch.setattr("tests.web.test_as_of.READINGS", readings)
    basis = view(web_app, "at=now-7d")[0].basis
    assert basis.startswith(said)
    assert basis.endswith("Calls are those before that time, by the logs as read by now.")


def test_grants_of_another_evaluator_are_told(web_app: FastAPI, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        grants = (Grant("arn:aws:iam::1:role/a", "GetMedia", Outcome.ALLOW, ("*",)),)
        store_matrix(connection, CLINIC, grants, [], evaluator=EVALUATOR_VERSION - 1, inputs=b"", now=NOW)
    said = f"the stored grants of now of 1 account are of version {EVALUATOR_VERSION - 1}."
    assert view(web_app, "at=now-7d")[0].note.endswith(said)


@pytest.mark.parametrize("at", ["tomorrow", "9999-01-01", "now%2B1d", "%00", "2026" * 2_500, "1e99", "2026-11-24"])
def test_a_time_that_is_none_is_complained_about_and_now_is_shown(web_app: FastAPI, at: str) -> None:
    found, complaints, _ = view(web_app, f"at={at}")
    assert found.said == ""
    assert [text.startswith("at: ") and len(text) < 200 for text in complaints] == [True]


def test_of_two_times_the_first_holds_and_the_page_says_so(web_app: FastAPI) -> None:
    found, complaints, _ = view(web_app, "at=now-7d&at=now-8d")
    assert (found.value, complaints) == ("2026-11-16T09:41", ("at was given twice; the first one holds",))


def test_a_range_that_ends_after_the_time_is_complained_about(web_app: FastAPI) -> None:
    _, complaints, ranged = view(web_app, "at=now-7d&from=now-1d&to=2026-11-20")
    assert complaints == ("from=now-1d to=2026-11-20 is not a time range before that time",)
    assert ranged[1] == ("to", "2026-11-16T09:41Z")


def test_what_the_page_prints_is_text(client: TestClient) -> None:
    text = client.get("/matrix?at=<script>alert(1)</script>").text
    assert "<script>alert(1)" not in text
    assert "is not a time" in html.unescape(text)
    assert re.search(r'<input class="in" type="datetime-local" name="at" value="" max="2026-11-23T09:41"', text)
    assert THEN < NOW
