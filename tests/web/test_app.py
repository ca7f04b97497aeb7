"""The whole application: what every answer carries, and how errors look."""

import re

from starlette.testclient import TestClient


def test_it_answers_the_overview_of_an_empty_database(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "<h1>Overview</h1>" in answer.text


def test_it_gives_each_answer_a_nonce_of_its_own(client: TestClient) -> None:
    first, second = client.get("/"), client.get("/")
    nonces = [re.search(r"'nonce-([\w-]+)'", a.headers["content-security-policy"])[1] for a in (first, second)]
    assert nonces[0] != nonces[1]
    assert f'nonce="{nonces[0]}"' in first.text


def test_it_says_that_an_address_leads_nowhere_in_house_style(client: TestClient) -> None:
    answer = client.get("/nowhere/<script>")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "<script>" not in answer.text.partition("<main")[2]
