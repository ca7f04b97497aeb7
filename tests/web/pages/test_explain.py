"""`/iam/explain.json`."""

import html
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.__main__ import main
from app.auth.current_user import User
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam
from app.core.model.scope import Scope
from app.db.queries.snapshots import store_part
from app.services.build_access_matrix import build_access_matrix
from app.services.build_role_entries import build_role_entries
from app.web.app import create_app
from app.web.site import Site
from tests.builders import iam
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.estate import make_inventory, stream_of

READER, HALL = (f"arn:aws:iam::{CLINIC}:role/{name}" for name in ("Reader", "Hall<b>"))
GATE = f"arn:aws:kinesisvideo:eu-central-1:{CLINIC}:stream/gate/1600000000000"
ASKED = {"principal": READER, "action": "GetMedia", "resource": GATE}


@pytest.fixture
def evaluated(engine: Engine) -> Engine:
    """A role that may watch one stream, and one that may become it."""
    let_in = {"Effect": "Allow", "Principal": {"AWS": HALL}, "Action": "sts:AssumeRole"}
    trust = PolicyDocument(PolicyKind.TRUST, "trust", json.dumps({"Version": "2012-10-17", "Statement": let_in}))
    roles = (
        iam.role(iam.allow("kinesisvideo:GetMedia", GATE, Sid="Watches"), arn=READER, name="Reader", trust=trust),
        iam.role(arn=HALL, name="Hall<b>"),
    )
    with engine.begin() as connection:
        make_account(connection, kind="management")
        make_inventory(connection, CLINIC, (stream_of(GATE, "gate"),))
        store_part(connection, CLINIC, "iam", "", Iam(roles, ()), NOW)
    build_access_matrix(engine, CLINIC, now=NOW)
    build_role_entries(engine, CLINIC, now=NOW)
    return engine


@pytest.fixture
def drawer(client: TestClient, evaluated: Engine) -> list[str]:
    """The addresses of explanations in the drawer of a cell."""
    with evaluated.connect() as connection:
        ident = connection.exec_driver_sql("select id from principal where name = 'Reader'").scalar_one()
    text = client.get(f"/matrix?cell={ident},GetMedia").text
    return [html.unescape(each) for each in re.findall(r'<a href="([^"]*)" download>Explain as JSON</a>', text)]


def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, *arguments: str) -> str:
    """Return what the command line prints."""
    monkeypatch.setenv("KVSWATCH_DATABASE_URL", url)
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["iam", "explain", *arguments, "--json"])
    return capsys.readouterr().out


def test_the_drawer_leads_to_what_the_command_line_prints(
    client: TestClient,
    drawer: list[str],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cell, entry = (client.get(each) for each in drawer)
    assert cell.headers["content-type"] == "application/json"
    assert cell.headers["content-disposition"] == 'attachment; filename="kvs-explain.json"'
    assert cell.json()["reasons"][0]["sid"] == "Watches"
    assert cell.text == printed(monkeypatch, capsys, database_url, READER, "GetMedia", GATE)
    assert entry.json()["outcome"] == "allow"
    assert entry.text == printed(monkeypatch, capsys, database_url, HALL, "sts:AssumeRole", READER)


@pytest.mark.usefixtures("evaluated")
def test_a_time_asks_for_what_was_read_before_it(client: TestClient) -> None:
    first = f"{NOW - timedelta(minutes=10):%Y-%m-%dT%H:%MZ}"
    now, then = (client.get("/iam/explain.json", params=ASKED | {"at": at}).json() for at in ("now", first))
    assert now["outcome"] == client.get("/iam/explain.json", params=ASKED).json()["outcome"] == "allow"
    assert (then["outcome"], then["as_of"]["at"]) == ("unknown", first)


@pytest.mark.usefixtures("evaluated")
@pytest.mark.parametrize("at", ["9999-12-31", "tomorrow", "", "1e9", "2026" * 2_500, "now+1d", "\0"])
def test_a_time_that_is_none_is_refused_in_few_words(client: TestClient, at: str) -> None:
    answer = client.get("/iam/explain.json", params=ASKED | {"at": at})
    assert (answer.status_code, len(answer.text) < 200) == (400, True)


@pytest.mark.usefixtures("evaluated")
def test_a_stream_that_is_not_there_has_the_note_of_the_command_line(client: TestClient) -> None:
    answer = client.get("/iam/explain.json", params=ASKED | {"resource": GATE.replace("16", "15")})
    assert answer.json()["note"].startswith("the inventory does not hold ")


@pytest.mark.usefixtures("evaluated")
@pytest.mark.parametrize(
    ("question", "said"),
    [
        pytest.param({"principal": READER}, "action= is missing", id="a part is missing"),
        pytest.param(ASKED | {"colour": "red"}, "colour is not one of principal, action, resource, at", id="unknown"),
        pytest.param(ASKED | {"action": ["GetMedia", "GetClip"]}, "action= stands twice", id="twice"),
        pytest.param(ASKED | {"action": "GetStreamingEndpoint"}, "not an action of Kinesis Video Streams", id="action"),
        pytest.param(ASKED | {"resource": "gate"}, f"of that name there is {GATE}", id="no ARN"),
        pytest.param(ASKED | {"principal": f"{READER}\0"}, "Nothing was exported", id="a zero byte"),
        pytest.param(ASKED | {"action": "sts:AssumeRole"}, "Nothing was exported", id="no role"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_words(
    client: TestClient, question: dict[str, str], said: str
) -> None:
    answer = client.get("/iam/explain.json", params=question)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert said in answer.text


@pytest.mark.usefixtures("evaluated")
def test_an_account_out_of_scope_is_not_there(read_engine: Engine, app_engine: Engine) -> None:
    ben = User("ben", Scope(frozenset({999988887777})))
    site = Site(reader=read_engine, writer=app_engine, demo=False, clock=lambda: NOW, user=lambda: ben)
    with TestClient(create_app(site), base_url="http://127.0.0.1") as client:
        answer = client.get("/iam/explain.json", params=ASKED)
    assert answer.status_code == 400
    assert f"account {CLINIC} is not watched" in answer.text
    assert "Watches" not in answer.text
