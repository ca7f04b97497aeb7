"""The streams of one Region on the coverage page."""

import csv
import io
import re
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.trail import FieldSelector
from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.estate import (
    CAMS,
    DATA,
    MANAGEMENT,
    REGION,
    make_bucket_reader,
    make_inventory,
    make_trail,
    stream_of,
)

HOSTILE = "<script>alert(1)</script>\u202e"


def _section(page: str) -> str:
    return page.partition('<section id="streams">')[2].partition("</section>")[0]


@pytest.fixture
def by_name(engine: Engine) -> Engine:
    """An account of which a selector names one of three streams."""
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection)
        names = ("door", "hall", HOSTILE)
        arns = [stream_arn(connection, make_stream(connection, name)) for name in names]
        make_inventory(connection, CLINIC, tuple(stream_of(arn, name) for arn, name in zip(arns, names, strict=True)))
        of_door = replace(DATA, fields=(*DATA.fields, FieldSelector("resources.ARN", equals=(arns[0],))))
        make_trail(connection, CLINIC, (of_door, MANAGEMENT))
    return engine


@pytest.mark.usefixtures("by_name")
def test_streams_that_are_seen_alike_stand_together_the_blind_ones_first(client: TestClient) -> None:
    section = _section(client.get(f"/coverage?account={CLINIC}&region={REGION}").text)
    assert re.findall(r"<summary><b>([^<]+)</b>", section) == ["2 streams", "1 stream"]
    shares = re.findall(r'<span class="num[^"]*">([^<]+)</span>', section)
    assert shares == ["0 %", "0 %", "100 %", "100 %", "100 %", "100 %"]
    assert "no selector of kvs-trail takes these calls" in section
    assert "<script>" not in section
    assert "3 streams and channels in 2 groups" in section


@pytest.mark.usefixtures("by_name")
def test_each_stream_leads_to_its_page_and_the_region_to_its_streams(client: TestClient) -> None:
    page = client.get(f"/coverage?account={CLINIC}").text
    assert _section(page) == ""
    href = re.search(r'href="(/coverage[^"]*#streams)"', page)
    assert href
    section = _section(client.get(href[1].replace("&amp;", "&")).text)
    links = re.findall(r'href="(/streams/\d+)"', section)
    assert len(links) == 3
    assert all(client.get(link).status_code == 200 for link in links)


@pytest.mark.usefixtures("estate")
def test_a_question_without_an_account_or_without_a_stream_is_answered_as_such(client: TestClient) -> None:
    many = client.get(f"/coverage?region={REGION}").text
    assert f"region={REGION} needs one account" in many
    assert _section(many) == ""
    nothing = _section(client.get(f"/coverage?account={CAMS}&region=mars-1").text)
    assert "No stream or channel is known here" in nothing


@pytest.mark.usefixtures("by_name")
def test_its_files_have_each_of_its_streams(client: TestClient) -> None:
    section = _section(client.get(f"/coverage?account={CLINIC}&region={REGION}").text)
    csv_link, _ = (unescape(href) for href in re.findall(r'href="([^"]+)" download', section))
    lines = list(csv.DictReader(io.StringIO(client.get(csv_link).text, newline="")))
    shares = {line["stream"]: line["observable"] for line in lines if line["class"] == "read"}
    assert shares == {"door": "100 %", "hall": "0 %", HOSTILE: "0 %"}
    holes = client.get(f"{csv_link}&show=holes").text
    assert (",door," in holes, ",hall," in holes) == (False, True)
    assert f"/coverage?account={CLINIC}&amp;region={REGION}" in client.get("/exports").text
    assert client.get(f"/coverage.csv?region={REGION}").status_code == 400
