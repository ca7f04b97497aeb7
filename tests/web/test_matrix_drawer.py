"""What the matrix's drawer leads to, and how it calls people."""

import html
import re
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine
from starlette.testclient import TestClient

from app.core.model.event import Actor, ActorKind
from app.core.model.grant import Grant, Outcome
from app.core.parts import Streams
from app.core.query.moment import iso
from app.db.queries.grants import store_matrix
from app.db.queries.snapshots import store_part
from app.web import matrix_drawer
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_principal, make_stream, stream_arn
from tests.builders.estate import DATA, MANAGEMENT, make_bucket_reader, make_inventory, make_trail, stream_of
from tests.builders.events import event, store
from tests.builders.past import BEFORE, make_early_call

SSO = "AWSReservedSSO_SecurityOperations_0123456789abcdef"
ARN = f"arn:aws:iam::{CLINIC}:role/{SSO}"


def operations(connection: Connection) -> tuple[int, int]:
    """Make a role of Identity Center that may watch a stream with a tag, and did: (principal, stream)."""
    make_account(connection)
    stream = make_stream(connection, "gate", tags='{"site": "north"}')
    who = make_principal(connection, SSO, path="/aws-reserved/sso.amazonaws.com/")
    watches = Grant(ARN, "GetMedia", Outcome.ALLOW, (stream_arn(connection, stream),))
    store_matrix(connection, CLINIC, [watches], [], evaluator=1, inputs=b"x", now=NOW)
    return who, stream


def test_a_role_of_identity_center_has_one_name_on_every_page(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        who, stream = operations(connection)
    assert "<bdi>SecurityOperations</bdi>" in client.get(f"/matrix?cell={who},GetMedia").text
    assert "<h1><bdi>SecurityOperations</bdi>" in client.get(f"/principals/{who}").text
    assert "<bdi>SecurityOperations</bdi>" in client.get("/principals").text
    assert "<bdi>SecurityOperations</bdi>" in client.get(f"/streams/{stream}").text
    assert f",{ARN}," in client.get("/principals.csv").text


def test_the_timeline_is_asked_for_the_streams_of_a_tag(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        who, stream = operations(connection)
        arn = stream_arn(connection, stream)
        store(connection, [event(1, action="GetMedia", stream=arn)])
    answer = client.get(f"/matrix?tag=site&cell={who},GetMedia").text
    link = re.search(r'class="btn main-act" href="(/events[^"]*)"', answer)
    assert link
    assert f"&stream={arn}&" in html.unescape(link[1])
    assert ">See the calls<" in answer


def test_the_last_calls_are_on_the_streams_of_a_tag_however_many_there_are(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix_drawer, "MOST_STREAMS", 0)
    with engine.begin() as connection:
        who, stream = operations(connection)
        yard = make_stream(connection, "yard", tags="{}")
        on = [stream_arn(connection, one) for one in (stream, yard, yard)]
        caller = Actor(ActorKind.ROLE, ARN, CLINIC)
        store(connection, [event(n, action="GetMedia", stream=arn, actor=caller) for n, arn in enumerate(on)])
    drawer = client.get(f"/matrix?tag=site&cell={who},GetMedia").text
    assert "1 call; last" in drawer
    last = drawer.partition("Last calls")[2].partition("</ul>")[0]
    assert "yard" not in last
    assert "gate" in last
    assert re.search(r'href="/events\?(?![^"]*stream=)[^"]*">See its calls on all streams<', drawer)


def test_calls_on_no_stream_are_not_on_another_one(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        who, stream = operations(connection)
        arn = stream_arn(connection, stream)
        yard = stream_arn(connection, make_stream(connection, "yard"))
        caller = Actor(ActorKind.ROLE, ARN, CLINIC)
        on = (arn, yard, None, None)
        store(connection, [event(n, action="GetMedia", stream=one, actor=caller) for n, one in enumerate(on)])
    drawer = client.get(f"/matrix?stream!={arn}&cell={who},GetMedia").text
    assert "1 call; last" in drawer
    (link,) = re.findall(r'class="btn main-act" href="(/events[^"]*)"', drawer)
    assert ">1 call, newest first<" in client.get(html.unescape(link)).text


def test_of_one_stream_neither_letter_nor_window_is_of_another_region(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        who, stream = operations(connection)
        gate = stream_arn(connection, stream)
        far = make_stream(connection, "far", region="eu-west-1")
        make_bucket_reader(connection)
        make_trail(connection, CLINIC, (DATA, MANAGEMENT))
        make_inventory(connection, CLINIC, (stream_of(gate, "gate"),))
        yard = Streams((replace(stream_of(stream_arn(connection, far), "far"), region="eu-west-1"),))
        store_part(connection, CLINIC, "streams", "eu-west-1", yard, NOW)
    every, one = (client.get(f"/matrix?{asked}cell={who},GetMedia").text for asked in ("", f"stream={gate}&"))
    assert ("<dt>eu-west-1</dt>" in every, "<dt>eu-west-1</dt>" in one) == (True, False)
    assert "Granted; its use could not be observed." in every
    assert f'<a href="/coverage?account={CLINIC}&amp;from=now-30d"><bdi>0 % observable; ' in every
    assert "Granted and unused" in one
    assert "<dt>eu-central-1</dt>" in one


def test_why_a_use_could_not_be_seen_leads_to_the_coverage_of_its_account_and_range(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        who, _ = operations(connection)
        make_inventory(connection, CLINIC, ())
    answer = client.get(f"/matrix?cell={who},GetMedia&from=2026-11-01&to=2026-11-03").text
    href = f"/coverage?account={CLINIC}&amp;from=2026-11-01T00:00Z&amp;to=2026-11-03T00:00Z"
    assert f'<a href="{href}">not observable: no stream of the account is known</a>' in answer


def test_a_caller_of_elsewhere_is_told_of_where_it_called(client: TestClient, engine: Engine) -> None:
    """AWS services are of no account, others of one that is not watched: in their own they did nothing."""
    service = Actor(ActorKind.SERVICE, "edge.kinesisvideo.amazonaws.com", None)
    stranger = Actor(ActorKind.ROLE, "arn:aws:iam::222233334444:role/Stranger", 222233334444)
    other = 111122223333
    with engine.begin() as connection:
        operations(connection)
        make_account(connection, other, name="other")
        calls = [(service, CLINIC), (service, CLINIC), (service, other), (stranger, CLINIC)]
        store(
            connection,
            [event(n, action="GetMedia", actor=who, account=account) for n, (who, account) in enumerate(calls)],
        )
    page = client.get("/matrix").text
    rows = re.findall(r'<tr data-p="([^"]+)"', page)
    told = {}
    for row in rows:
        if "@" in row:
            drawer = client.get(f"/matrix?cell={row},GetMedia").text.partition("<aside")[2]
            (link,) = re.findall(r'class="btn main-act" href="(/events[^"]*)"', drawer)
            listed = re.search(r">(\d+) calls?, newest first<", client.get(html.unescape(link)).text)
            used = re.search(r"<dt>Used</dt><dd>(\d+) call", drawer)
            assert listed
            assert used
            assert "Used; whether it is granted is not known." in drawer
            assert "Not granted" not in drawer
            told[row.partition("@")[2], re.findall(r"<bdi>([^<]*)</bdi>", drawer)[0]] = (used[1], listed[1])
    assert sorted(told.values()) == [("1", "1"), ("1", "1"), ("2", "2")], told
    ident = next(row.partition("@")[0] for row in rows if "@111122223333" in row)
    assert "2 calls since 2026-11-23; last" in client.get(f"/matrix?account={CLINIC}&cell={ident},GetMedia").text
    assert "is no principal here" in client.get(f"/matrix?cell={ident}@x,GetMedia").text
    turned = client.get(f"/matrix?principal={service.principal}&view=streams").text
    assert re.search(r'aria-label="GetMedia on [^"]*: used once', turned)
    page = html.unescape(client.get(f"/principals/{ident}").text)
    assert f'href="/matrix?principal={service.principal}"' in page


def test_what_was_used_is_not_said_to_be_granted_while_a_policy_could_not_be_read(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        who, stream = operations(connection)
        arn = stream_arn(connection, stream)
        store(connection, [event(action="GetMedia", stream=arn, actor=Actor(ActorKind.ROLE, ARN, CLINIC))])
        unknown = Grant(ARN, "GetMedia", Outcome.UNKNOWN, (arn,))
        store_matrix(connection, CLINIC, [unknown], [], evaluator=1, inputs=b"y", now=NOW)
    drawer = client.get(f"/matrix?cell={who},GetMedia").text
    assert "Used; whether it is granted is not known." in drawer
    assert "Granted and used." not in drawer
    page = client.get(f"/streams/{stream}").text
    assert "0 principals may watch it" in page
    assert "1 principal may watch it" not in page


@pytest.mark.parametrize("name", ["Reader", "Gone"])
def test_before_iam_was_read_no_cell_is_said_not_to_be_granted(client: TestClient, engine: Engine, name: str) -> None:
    who = make_early_call(engine)[name]
    drawer = client.get(f"/matrix?at={iso(BEFORE)}&cell={who},GetClip").text.partition('id="cell"')[2]
    assert "<b>Not known: " in drawer
    assert "policies were not read." in drawer
    assert "Not granted" not in drawer
