"""What the tests of ways out share: a page's section with one row a way, and settings as the poll stores them."""

import re
from datetime import timedelta
from html import unescape

from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core.model.stream import StreamDetail
from app.core.parts import StreamDetails
from app.db.queries.snapshots import store_part
from tests.builders.accounts import CLINIC, NOW
from tests.builders.estate import REGION


def way_of(client: TestClient, stream: int | str, name: str) -> str:
    """Return the row of one way out, its links as `text <address>`."""
    page = unescape(client.get(f"/streams/{stream}").text)
    section = page.partition("<h2>Ways out")[2].partition("</section>")[0]
    (row,) = [row for row in section.split("<tr>") if f'<th scope="row">{name}</th>' in row]
    row = re.sub(r'<a href="([^"]*)">(.*?)</a>', r"\2 [\1]", row)
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


def read_details(connection: Connection, part: str, arn: str, detail: StreamDetail) -> None:
    """Store what was read of one stream three hours ago."""
    store_part(connection, CLINIC, part, REGION, StreamDetails(((arn, detail),)), NOW - timedelta(hours=3))
