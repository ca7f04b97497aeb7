"""Every page and file over an estate of hostile texts: nothing of them is markup, a formula, or lost."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Connection, Engine, text
from starlette.testclient import TestClient

from app.core.formula import FORMULA
from app.core.query.filter import parse
from app.core.query.listing import LISTINGS
from tests.builders.accounts import NOW
from tests.builders.addresses import ADDRESSES, OPENED, PAGES
from tests.builders.hostile import BIDI, Account, make_hostile
from tests.web.conftest import serving

PATHS = tuple(path for paths in ADDRESSES.values() for path in paths)
MARKUP = frozenset({"img", "iframe", "object", "embed", "base", "style"})
VOID = frozenset({"meta", "link", "input", "br", "hr", "use", "path", "rect", "circle", "line", "wbr", "col"})
OURS_ALONE = frozenset({"/assumptions.jsonl"})
COLUMNS = """select table_name, column_name from information_schema.columns
  where table_schema = 'public' and data_type in ('text', 'jsonb', 'ARRAY') and udt_name <> '_int4'
    and table_name !~ '_[0-9]{4}_[0-9]{2}$'"""
OURS = """
  access_grant.action access_grant.outcome account.kind account.partition account.regions account.source
  app_user.name app_user.role assumption_seen.assumption assumption_seen.call assumption_seen.verdict
  audit.action audit.actor audit.detail audit.subject cannot_tell.rule digest.region digest.sha256 digest.verdict
  event.actor_kind event.footage event.footage_clock event.key_kind export.listing export.query export.sha256
  feed.backfill feed.region feed.source finding.id finding.rule finding.rule_version finding.severity finding.state
  finding_change.finding_id finding_change.from_state finding_change.to_state install.external_id install.id
  integrity_break.kind integrity_break.region integrity_hour.region integrity_hour.verdict issued_session.caller_kind
  log_file.changed_sha256 log_file.read_sha256 log_file.region log_silence.folder log_silence.region
  matrix_state.evaluator own_call.outcome part.part part.state principal.kind principal_state.kind
  reading_gap.part reading_gap.region retention.what role_entry.kind role_entry.outcome
  role_entry_state.accounts roll_dim.kind rule_run.rule saved_view.owner saved_view.path saved_view.query
  snapshot.part snapshot.region stream.kind stream_alias.kind stream_alias.region stream_state.kind
  stream_state.region
"""
"""Columns without: words of ours and of AWS's, ids, numbers, hashes, quoted addresses, and what no page shows."""
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\S*Z)?$")
ISOLATED = frozenset({"bdi", "button", "title", "option", "textarea"})


class Page(HTMLParser):
    """What a browser would make of a page: elements and attributes that are none of ours, names that turn a line."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.strange: list[str] = []
        self.turning: list[str] = []
        self.hrefs: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = given.get("href") or given.get("src") or given.get("action") or ""
        is_data = given.get("type") == "application/json"
        if (
            tag in MARKUP
            or any(name.startswith("on") or name in {"autofocus", "style"} for name in given)
            or (tag == "script" and not is_data and not address.startswith("/static/"))
            or urlsplit(address).scheme not in {"", "https", "data"}
            or address.startswith("//")
        ):
            self.strange.append(self.get_starttag_text() or tag)
        if tag == "a":
            self.hrefs.append(address)
        if tag not in VOID:
            # Commands to paste stay as they are: a line of theirs turns nothing but itself.
            self.open.append("bdi" if given.get("class") == "code bare" else tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() not in {tag, "bdi" if tag == "pre" else tag}:
            pass

    def handle_data(self, data: str) -> None:
        if (
            any(mark in data for mark in (BIDI, "\u2066"))
            and not ISOLATED & set(self.open)
            and "script" not in self.open
        ):
            self.turning.append(f"{self.open[-3:]} {data[:60]!r}")


@pytest.fixture(scope="module")
def estate(postgres_url: str, template_url: str) -> Iterator[tuple[TestClient, tuple[Account, ...]]]:
    made: list[Account] = []

    def fill(connection: Connection) -> dict[str, str]:
        made.extend(make_hostile(connection))
        return {}

    with serving(postgres_url, template_url, fill) as (client, _):
        yield client, tuple(made)


def _asked(path: str, accounts: tuple[Account, ...]) -> dict[str, tuple[Account, ...]]:
    """Return the addresses of a page or file, with the accounts that each is of."""
    if "{" not in path:
        return {path: accounts}
    return {re.sub(r"{(\w+)}", lambda found, one=one: one.names[found[1]], path): (one,) for one in accounts}


@pytest.mark.parametrize("path", OPENED + PAGES)
def test_a_page_has_it_as_text(estate: tuple[TestClient, tuple[Account, ...]], path: str) -> None:
    client, accounts = estate
    for address in _asked(path, accounts):
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.text)
        page = Page(answer.text)
        assert page.strange == []
        assert page.turning == []


@pytest.mark.parametrize("path", [path for path in PATHS if ".csv" in path])
def test_a_csv_file_has_no_formula(estate: tuple[TestClient, tuple[Account, ...]], path: str) -> None:
    client, accounts = estate
    for address in _asked(path, accounts):
        content = client.get(address).text
        header, *rows = csv.reader(io.StringIO(content, newline=""), strict=True)
        assert {len(row) for row in rows} <= {len(header)}
        assert [cell for row in rows for cell in row if cell[:1] in FORMULA and cell] == []


@pytest.mark.parametrize("path", [path for path in PATHS if ".csv" in path])
def test_a_csv_file_names_the_zone_of_its_times(estate: tuple[TestClient, tuple[Account, ...]], path: str) -> None:
    client, accounts = estate
    (address, _), *_ = _asked(path, accounts).items()
    for row in csv.DictReader(io.StringIO(client.get(address).text, newline="")):
        assert {name for name, cell in row.items() if TIME.match(cell)} <= {name for name in row if name[-4:] == "_utc"}


@pytest.mark.parametrize("path", [path for path in PATHS if ".json" in path and path != "/records.jsonl"])
def test_a_file_of_json_has_it_as_it_was_recorded(estate: tuple[TestClient, tuple[Account, ...]], path: str) -> None:
    client, accounts = estate
    for address, of in _asked(path, accounts).items():
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        held = [text for line in answer.text.rstrip("\n").split("\n") for text in _texts(json.loads(line))]
        if path not in OURS_ALONE:
            assert [one.text[:20] for one in of if not any(one.text in text for text in held)] == []


def test_no_link_of_ours_leads_to_a_question_that_its_page_cannot_answer(
    estate: tuple[TestClient, tuple[Account, ...]],
) -> None:
    client, accounts = estate
    pages = [address for path in OPENED + PAGES for address in _asked(path, accounts[:1])]
    links = {_form(href): href for address in pages for href in Page(client.get(address).text).hrefs}
    assert {href: told for href in links.values() if href.startswith("/") and (told := _complaint(client, href))} == {}


def _complaint(client: TestClient, href: str) -> str:
    """Return what the page of a link has to say against its question."""
    parts = urlsplit(href)
    listing = LISTINGS.get(re.split(r"[.]", parts.path)[0].strip("/"))
    if listing is not None:
        pairs = [pair for pair in parse_qsl(parts.query) if pair != ("tz", "local")]  # the script puts a zone there
        return "; ".join(map(str, parse(pairs, listing, NOW).problems))
    answer = client.get(href)
    told = re.search(r'class="chip bad"><span>(.*?)</span>', answer.text, re.DOTALL)
    return told[1] if told else "" if answer.status_code == 200 else answer.text


def _form(href: str) -> tuple[str, tuple[str, ...]]:
    """Return what links have in common that ask the same of the same page."""
    parts = urlsplit(href)
    path = re.sub(r"(?<=/)(streams|principals|keys|sessions|addresses|accounts|findings)/[^/]+", r"\1/-", parts.path)
    return path, tuple(sorted({name for name, _ in parse_qsl(parts.query)}))


def test_a_raw_record_comes_as_the_bytes_that_were_logged(
    estate: tuple[TestClient, tuple[Account, ...]],
) -> None:
    client, accounts = estate
    for one in accounts:
        assert client.get(f"/events/record?event={one.names['event']}").content == one.record
    lines = client.get("/records.jsonl?from=now-90d&own=no&own=yes").content.split(b"\n")
    assert {one.record.replace(b"\n", b" ") for one in accounts} <= set(lines)


def test_every_column_of_text_has_it_that_is_not_a_word_of_ours(engine: Engine) -> None:
    with engine.begin() as connection:
        make_hostile(connection)
        columns = connection.execute(text(COLUMNS)).all()
        clean = {
            f"{table}.{column}"
            for table, column in columns
            if not connection.execute(
                text(f"select exists (select from {table} where cast({column} as text) ~ 'alert.1.')")
            ).scalar_one()
        }
    assert clean == set(OURS.split())


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
