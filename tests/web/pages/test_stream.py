"""`/streams/{id}`."""

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.trail import AdvancedSelector, FieldSelector
from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import dimension, make_calls, make_principal, make_stream, stream_arn
from tests.builders.estate import DATA, make_bucket_reader, make_inventory, make_trail, stream_of
from tests.builders.findings import make_finding


@pytest.mark.parametrize("path", ["/streams/999", "/streams/0", "/streams/99999999999999", "/streams/x"])
def test_an_unknown_stream_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_first_sentence_says_who_may_who_did_and_what_was_seen(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['ward-3']}").text
    assert "4 principals may watch it. In 7 d three did. 96.1 % of the time could be observed." in page


def test_a_stream_that_nothing_logs_never_says_that_nobody_watched(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['old-0']}").text
    assert "None of the time could be observed, so who watched cannot be known." in page
    assert "Who may watch it is not computed yet" in page
    assert "0 principals" not in page


def test_of_two_streams_each_has_what_the_selector_that_names_one_takes_of_it(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection)
        streams = {name: make_stream(connection, name) for name in ("ward-1", "lobby")}
        arns = {name: stream_arn(connection, stream) for name, stream in streams.items()}
        ward_alone = (*DATA.fields, FieldSelector("resources.ARN", equals=(arns["ward-1"],)))
        make_trail(connection, CLINIC, (AdvancedSelector("ward", ward_alone),))
        make_inventory(connection, CLINIC, tuple(stream_of(arn, name) for name, arn in arns.items()))
    ward, lobby = (client.get(f"/streams/{streams[name]}").text for name in ("ward-1", "lobby"))
    assert "All of the time could be observed." in ward
    assert "None of the time could be observed, so who watched cannot be known." in lobby


def test_who_may_leads_to_the_cell_of_the_matrix(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['ward-3']}").text
    analyst = estate["clinic-video/VideoAnalyst"]
    assert f"cell={analyst}%2CGetMedia" in page
    assert 'aria-label="Archive: used"' in page
    assert 'aria-label="Write: per device"' in page
    assert 'aria-label="Delete: denied"' in page


def test_who_did_stands_in_lanes_by_kind_of_call(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['ward-3']}").text
    watched, _, filmed = page.partition(">Filmed</th>")
    assert "Archive, clips" in watched.partition(">Watched</th>")[2]
    assert "who opened the URL is not logged" in watched
    assert "WardCamRole" in filmed


def test_a_stream_that_only_calls_named_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = dimension(
            connection, "stream", account_id=CLINIC, region="eu-central-1", kind="stream", name="ghost", arn=None
        )
        make_calls(connection, "GetMedia", 3, stream_id=stream, principal_id=make_principal(connection, "Analyst"))
    page = client.get(f"/streams/{stream}").text
    assert "no inventory knows it" in page
    assert "Analyst" in page


def test_a_channel_has_columns_of_its_own(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/streams/{estate['ward-intercom']}").text
    assert "single master" in page
    assert "PutMedia" not in page.partition("Who may")[2]


def test_findings_about_it_stand_there(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
        found = make_finding(connection, stream_arn(connection, stream))
    assert f'href="/findings/{found}"' in client.get(f"/streams/{stream}").text


def test_hostile_tags_names_and_callers_stay_text(client: TestClient, engine: Engine) -> None:
    hostile = "<script>alert(1)</script>\u202e"
    with engine.begin() as connection:
        make_account(connection, name=hostile)
        stream = make_stream(connection, hostile, tags='{"<script>k": "<script>v"}', device_name=hostile)
        who = make_principal(connection, hostile)
        make_calls(connection, "GetMedia", 3, stream_id=stream, principal_id=who)
    page = client.get(f"/streams/{stream}").text
    assert "<script>alert" not in page
    assert "<script>k" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 3
