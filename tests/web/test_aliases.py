"""Cameras' own names on pages."""

import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.alias import Alias
from app.core.model.stream import ResourceKind
from app.db.queries.aliases import store_aliases
from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import make_stream

HOSTILE = '"><script>alert(1)</script>\u202e'


def test_a_camera_is_found_and_named_by_what_its_people_call_it(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-1")
        make_stream(connection, "ward-2")
        names = [Alias(CLINIC, "eu-central-1", ResourceKind.STREAM, "ward-1", "Camera 17", "Ward", HOSTILE)]
        store_aliases(connection, names)
    found = client.get("/search?q=camera+17", follow_redirects=False)
    assert found.headers["location"] == f"/streams/{stream}"
    page = client.get(f"/streams/{stream}").text
    assert "Camera 17 · Ward" in page
    assert "<script>alert" not in page
    assert "Camera 17 · Ward" in client.get("/streams?name=ward-1").text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("cam 17", ["ward-1"]),
        ("17 CAM", ["ward-1"]),
        ("ward cam", ["ward-1", "ward-2"]),
        ("cam_1%", []),
        ("cam am", []),
        ("-", ["ward-1", "ward-2"]),
        ("cam " * 500, ["ward-1", "ward-2"]),
    ],
)
def test_the_beginnings_of_an_aliases_words_are_enough(
    client: TestClient, engine: Engine, asked: str, found: list[str]
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        named = (("ward-1", "Camera-17"), ("ward-2", "Camera 2"))
        for name, _ in named:
            make_stream(connection, name)
        aliases = [
            Alias(CLINIC, "eu-central-1", ResourceKind.STREAM, name, camera, "Ward", "") for name, camera in named
        ]
        store_aliases(connection, aliases)
    page = client.get("/streams", params={"name": asked}).text
    assert re.findall(r'<th scope="row"><a href="/streams/\d+[^"]*"><bdi>([^<]+)</bdi>', page) == found
