"""Every page and file, asked for what it cannot be asked: it says so, names what is wrong, and never fails."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import Connection, text
from starlette.testclient import TestClient

from app.core.query.listing import LISTINGS
from tests.builders.accounts import CLINIC
from tests.builders.addresses import ADDRESSES, routes
from tests.builders.calls import stream_arn
from tests.builders.events import EVENT
from tests.builders.sessions import KEY, LONG_TERM, make_session
from tests.conftest import estate_ids
from tests.web.conftest import serving

PATHS = tuple(path for paths in ADDRESSES.values() for path in paths)
LONG = "x" * 10_000
LONGEST_LINE = 500
# Of each kind one: no field of any list, and a value that no page can take for what it is.
WRONG = (
    ("nosuch", "1"),
    ("from", "tomorrow"),
    ("tz", "Mars"),
    ("account", "nobody"),
    ("after", "5tampered"),
    ("before", "\x00"),
    ("limit", "7"),
    ("sort", "colour"),
    ("cols", "shoe_size"),
    ("group", "colour"),
    ("stack", "colour"),
    ("at", "9999-12-31T00:00Z"),
    ("event", "'; drop table event; --"),
    ("facets", "colour"),
    ("cell", "-1,Nothing"),
    ("page", "99999999999999999999"),
    ("footage", "then..now"),
    ("severity", "purple"),
    ("state", "solid"),
    ("show", "colours"),
    ("outcome~", "d"),
    ("user_agent", LONG),
    ("done", "nothing"),
    ("polled", "9"),
    ("gzip", "perhaps"),
)


@pytest.fixture(scope="module")
def site(postgres_url: str, estate_template: str) -> Iterator[tuple[TestClient, dict[str, str]]]:
    with serving(postgres_url, estate_template, _fill) as found:
        yield found


def _fill(connection: Connection) -> dict[str, str]:
    ids = estate_ids()
    make_session(connection)
    finding = connection.execute(text("select id from finding order by id limit 1")).scalar_one()
    principal = connection.execute(
        text("select arn from principal where id = :id"), {"id": ids["clinic-video/VideoAnalyst"]}
    ).scalar_one()
    return {
        "finding": finding,
        "event": f"{CLINIC}.{EVENT.event_time:%Y%m%dT%H%M%S}Z.{EVENT.event_id}",
        "principal_arn": quote(principal),
        "stream_arn": quote(stream_arn(connection, ids["ward-3"])),
        "stream": str(ids["ward-3"]),
        "principal": str(ids["clinic-video/VideoAnalyst"]),
        "session": KEY,
        "key": LONG_TERM,
        "address": EVENT.address or "",
        "account": str(CLINIC),
        "name": "ward",
    }


def _asked(path: str, names: dict[str, str], pairs: list[tuple[str, str]]) -> str:
    address = re.sub(r"{(\w+)}", lambda found: names[found[1]], path)
    return f"{address}{'&' if '?' in address else '?'}{urlencode(pairs)}"


def _told(client: TestClient, address: str) -> list[str]:
    """Return what the answer says of the question, a line for each: a page's marked places, or a refusal."""
    answer = client.get(address)
    if answer.status_code == 200:
        found = re.findall(r'class="chip bad"><span>(.*?)</span>', answer.text, re.DOTALL)
    else:
        assert answer.status_code == 400, answer.text
        refused = re.search(r'<div class="state error".*?<p>(.*?)</p>', answer.text, re.DOTALL)
        found = refused[1].split("; ") if refused else answer.text.splitlines()
    return [unescape(re.sub("<[^>]*>", "", line)) for line in found]


def _named(line: str) -> list[str]:
    """Return the parameters that a line is about."""
    several, marked, _ = line.partition(" cannot be asked of this page")
    return several.split(", ") if marked else re.findall(r"^[^=:; ]+", line)


def test_each_page_and_file_is_asked_and_none_that_is_gone() -> None:
    assert set(ADDRESSES) == set(routes())
    assert {path.partition(".")[0].strip("/") for path in ADDRESSES["/{name}.{fmt}"]} == set(LISTINGS)


@pytest.mark.parametrize("path", PATHS)
def test_the_question_itself_is_understood(site: tuple[TestClient, dict[str, str]], path: str) -> None:
    client, names = site
    answer = client.get(_asked(path, names, [])[:-1])
    assert answer.status_code == 200, answer.text
    assert 'class="chip bad"' not in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_whatever_it_cannot_use_is_named(site: tuple[TestClient, dict[str, str]], path: str) -> None:
    _assert_all_named(site, path, WRONG)


@pytest.mark.parametrize("path", [path for path in PATHS if not path.endswith(".jsonl")])
def test_a_value_of_ten_thousand_letters_is_refused(site: tuple[TestClient, dict[str, str]], path: str) -> None:
    listing = LISTINGS.get(re.split(r"[?.]", path)[0].strip("/"))
    fields = [field.name for field in listing.fields] if listing else []
    names = ["nosuch", "from", "tz", "at", "after", "footage", *fields, *(listing.extras if listing else ())]
    for start in range(0, len(names), 6):  # more make no address that a client sends
        _assert_all_named(site, path, [(name, LONG) for name in names[start : start + 6]])


def _assert_all_named(site: tuple[TestClient, dict[str, str]], path: str, pairs: Iterable[tuple[str, str]]) -> None:
    client, names = site
    left = [pair for pair in pairs if f"{pair[0]}=" not in path]
    while left:
        # A file is refused for the first that is found: what is not named beside others is named without them.
        told = _told(client, _asked(path, names, left))
        assert max(map(len, told)) < LONGEST_LINE
        named = {name for line in told for name in _named(line)}
        silent = [pair for pair in left if pair[0] not in named]
        assert len(silent) < len(left), silent
        left = silent


@pytest.mark.parametrize("path", PATHS)
def test_a_range_that_ends_before_it_begins_is_named(site: tuple[TestClient, dict[str, str]], path: str) -> None:
    client, names = site
    told = _told(client, _asked(path, names, [("from", "now-1h"), ("to", "now-2h")]))
    assert "from" in [name for line in told for name in _named(line)]


@pytest.mark.parametrize("ends", [("now-1h", "now-2h"), ("tomorrow", ""), ("", "2005-01-01")])
@pytest.mark.parametrize("path", ["/events", "/matrix", "/matrix?cell={principal},GetMedia", "/findings"])
def test_a_bad_range_is_told_once_and_the_rest_of_the_question_holds(
    site: tuple[TestClient, dict[str, str]], path: str, ends: tuple[str, str]
) -> None:
    client, names = site
    address = _asked(path, names, [("account", str(CLINIC)), *zip(("from", "to"), ends, strict=True)])
    (told,) = _told(client, address)
    assert "is not a time range: " in told
    assert "Drop Account" in client.get(address).text


@pytest.mark.parametrize("value", ["", "\x00", "-1", "0", "٣", "99999999999999999999", "a/b", "..", "%", LONG])
@pytest.mark.parametrize(
    "path",
    [
        "/streams/{}", "/streams/{}/statement.json", "/principals/{}", "/principals/{}/stop", "/findings/{}",
        "/accounts/{}", "/keys/{}/stop", "/sessions/{}", "/addresses/{}", "/{}.csv", "/events.{}",
        "/events/record?event={}", "/search?q={}", "/iam/explain.json?principal={0}&action={0}&resource={0}",
    ],
)  # fmt: skip
def test_no_name_of_a_thing_makes_it_fail(site: tuple[TestClient, dict[str, str]], path: str, value: str) -> None:
    client, _ = site
    answer = client.get(path.format(quote(value, safe="")))
    assert answer.status_code in {200, 400, 404}, answer.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/findings/{finding}/acknowledge", {"note": LONG}),
        ("/findings/{finding}/mute", {"reason": "", "until": "2027-01-01"}),
        ("/findings/{finding}/mute", {"reason": "x", "until": "yesterday"}),
        ("/findings/{finding}/mute", {"reason": "x", "until": "9999-12-31"}),
        ("/findings/{finding}/reopen", {"note": LONG}),
        ("/findings/0000000000000000/acknowledge", {}),
        ("/accounts/{account}/backfill", {"wish": LONG}),
        ("/accounts/000000000001/poll", {}),
        ("/views", {"name": LONG, "address": "/events"}),
        ("/views", {"name": "x", "address": LONG}),
        ("/views", {"name": "x", "address": "//x.invalid/"}),
        ("/views/99999999999999999999/drop", {}),
    ],
)
def test_a_form_that_cannot_be_used_changes_nothing_and_says_why(
    site: tuple[TestClient, dict[str, str]], path: str, fields: dict[str, str]
) -> None:
    client, names = site
    answer = client.post(path.format(**names), data=fields, headers={"Origin": "http://127.0.0.1"})
    assert answer.status_code in {400, 404, 422}, answer.text
    said = re.search(r'<div class="state error".*?<p>(.*?)</p>', answer.text, re.DOTALL)
    assert said is not None
    assert 0 < len(said[1]) < LONGEST_LINE
