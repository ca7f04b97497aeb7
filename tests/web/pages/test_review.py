"""`/streams/{id}/review`."""

import csv
import html
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.core.model.grant import Grant, Outcome
from app.core.query.moment import iso
from app.db.queries.grants import store_matrix
from tests.builders.accounts import CLINIC, NOW
from tests.builders.calls import make_calls, make_principal
from tests.builders.events import EVENT, change, event, store
from tests.builders.past import BEFORE, GATE, NEW, READER, THEN, make_early_call, make_past
from tests.builders.review import ROLE, make_reviewed
from tests.builders.statement import END, START, make_looked_at, make_reads, read_of

RANGE = f"from={iso(START)}&to={iso(END)}"


def _row(page: str, name: str) -> str:
    return page.partition(f"><bdi>{name}</bdi></a>")[2].partition("</tr>")[0]


@pytest.mark.parametrize("end", ["review", "review.csv"])
def test_an_unknown_stream_is_not_found(client: TestClient, end: str) -> None:
    assert client.get(f"/streams/999/{end}").status_code == 404


def test_it_answers_in_one_line_and_lists_who_may(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_reviewed(connection)
    with engine.begin() as connection:
        make_reads(connection, change(9, "PutRolePolicy", "role/filmer", event_time=START))
    page = client.get(f"/streams/{row.id}/review?{RANGE}").text
    read = "by IAM as read 2026-11-23 09:41Z"
    did = "In 11-20 00:00 to 11-21 00:00 one asked to and was let; 100 % of it was observable."
    assert f"1 principal may view it now, {read}. {did}" in page
    assert f"<h2>Who may now <small>view, write or delete: 3 principals, {read}</small></h2>" in page
    assert f'<dt>Who may</dt><dd class="brk"><bdi>now, {read}</bdi>' in page
    analyst, former, filmer = (_row(page, name) for name in ("Analyst", "Former", "Filmer"))
    assert 'data-s="C"' in analyst
    assert "if aws:sourceip" in analyst
    assert ">never<" in analyst
    told = "same since 2026-11-23, the first reading; created 2025-10-19"
    assert f'none is stored</span><span class="sub"><bdi>{told}</bdi>' in analyst
    assert page.count("What they were before the first reading is not known.") == 1
    assert 'data-s="R"' in former
    assert "1 refused" in former
    assert re.search(r"2026-11-20 00:00:00Z</time><span class=\"sub\"><bdi>PutRolePolicy by", filmer)


def test_only_what_was_used_stands_beside_the_sign_of_use(client: TestClient, engine: Engine) -> None:
    former = f"{ROLE}/Former"
    with engine.begin() as connection:
        row = make_reviewed(connection)
        arn = row.arn or ""
        grants = [Grant(former, name, Outcome.ALLOW, (arn,)) for name in ("GetClip", "GetMedia")]
        grants.append(Grant(former, "GetImages", Outcome.UNKNOWN, (arn,)))
        store_matrix(connection, CLINIC, grants, [], evaluator=2, inputs=b"y", now=NOW)
    page = client.get(f"/streams/{row.id}/review?{RANGE}").text
    assert "used:</span>GetClip; may call 1 more; 1 more not known</span>" in _row(page, "Former")


def test_a_known_and_an_unknown_caller_through_one_principal_are_one_that_did(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        row = make_reviewed(connection)
        known = replace(event().actor, principal=f"{ROLE}/Former", person="mara@halden.example")
        make_reads(connection, read_of(row, 2, actor=known))
    page = client.get(f"/streams/{row.id}/review?{RANGE}").text
    assert "In 11-20 00:00 to 11-21 00:00 one asked to and was let;" in page
    assert "Who did <small>in 11-20 00:00 to 11-21 00:00: 2 callers through 1 principal</small>" in page


def test_it_leads_to_the_statement_and_is_led_to_by_the_stream(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_reviewed(connection)
    page = client.get(f"/streams/{row.id}/review").text
    assert f'href="/streams/{row.id}/statement?from=' in page
    assert f'href="/streams/{row.id}/review"' in client.get(f"/streams/{row.id}").text


def test_it_and_the_page_of_the_stream_name_the_same_principals(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_reviewed(connection)
        arn = row.arn or ""
        make_principal(connection, "Guard", path="/aws-reserved/sso.amazonaws.com/")
        for name in ("Janitor", "Denied"):
            make_principal(connection, name)
        grants = [
            Grant(f"{ROLE}/Analyst", "GetClip", Outcome.ALLOW, (arn,)),
            Grant(f"{ROLE}/Janitor", "UpdateDataRetention", Outcome.ALLOW, (arn,)),
            Grant(f"{ROLE}/Denied", "DeleteStream", Outcome.DENY, (arn,)),
            Grant(f"{ROLE}/Guard", "GetMedia", Outcome.ALLOW, (arn,)),
        ]
        store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"y", now=NOW)
        once = make_principal(connection, "Once")
        make_calls(connection, "PutMedia", 1, principal_id=once, stream_id=row.id)
    pages = (client.get(f"/streams/{row.id}{end}?from=now-90d").text for end in ("", "/review"))
    stream, review = (page.partition("<h2>Who may")[2].partition("</table>")[0] for page in pages)
    row_head = r'<th scope="row"[^>]*><a[^>]*><bdi>(\w+)</bdi></a><span class="sub[^"]*">(\w+)'
    named = sorted(re.findall(row_head, stream))
    assert named == [(name, "role") for name in ("Analyst", "Former", "Guard", "Janitor", "Once")]
    assert sorted(re.findall(row_head, review)) == named
    assert "5 shown" in stream
    assert "view, write or delete: 5 principals" in review
    assert 'aria-label="Retention: granted' in stream


def test_as_of_a_time_it_tells_who_might_then_and_what_was_read_around_it(client: TestClient, engine: Engine) -> None:
    make_past(engine)
    with engine.connect() as connection:
        ident = connection.execute(text("select id from stream where arn = :arn"), {"arn": GATE}).scalar_one()
    now = client.get(f"/streams/{ident}/review").text
    assert "2 principals may view it now, by IAM as read 2026-11-18 09:56Z. In 90 d none is known to have;" in now
    page = client.get(f"/streams/{ident}/review?at={iso(THEN)}").text
    # Reader, Gone and the root user.
    assert "3 principals might view it as of 2026-11-16 09:41:00Z." in page
    assert "<h2>Who might as of 2026-11-16 09:41:00Z <small>view, write or delete: 3 principals</small></h2>" in page
    assert "<bdi>Gone</bdi>" in page
    assert "<bdi>New</bdi>" not in page
    assert "same since 2026-11-13, the first reading" in _row(page, "Gone")
    assert "both times the same" in page
    href = re.search(r'href="([^"]*review.csv[^"]*)" download', page)
    assert href
    lines = list(csv.DictReader(io.StringIO(client.get(html.unescape(href[1])).text, newline="")))
    assert {line["principal"].rpartition("/")[2] for line in lines} == {"Reader", "Gone", f"arn:aws:iam::{CLINIC}:root"}
    assert {line["as_of_utc"] for line in lines} == {iso(THEN)}
    stream = client.get(f"/streams/{ident}?at={iso(THEN)}").text
    assert f'href="/streams/{ident}/review?at=' in stream
    before = client.get(f"/streams/{ident}/review?at={iso(BEFORE)}").text
    assert "had not been read then, so nothing can be said about who may" in before
    assert "<small>is not known; 0 principals seen using it</small>" in before


def test_as_of_a_time_before_iam_was_read_nobody_is_said_to_get_there_through_no_role(
    client: TestClient, engine: Engine
) -> None:
    make_past(engine)
    with engine.connect() as connection:
        ident = connection.execute(text("select id from stream where arn = :arn"), {"arn": GATE}).scalar_one()
    for path in (f"/streams/{ident}", f"/streams/{ident}/review"):
        through = client.get(f"{path}?at={iso(BEFORE)}").text.partition("through a role")[2].partition("</section>")[0]
        assert "Not known: the account&#39;s policies were not read." in through
    assert "Nobody is known to." in client.get(f"/streams/{ident}/review?at={iso(THEN)}").text
    told = client.get(f"/streams/{ident}/review.csv?at={iso(BEFORE)}").text
    (line,) = csv.DictReader(io.StringIO(told, newline=""))
    assert (line["principal"], line["as_of_utc"]) == ("", iso(BEFORE))
    assert [line[name] for name in ("view", "write", "delete", "view_states")] == ["not evaluated"] * 4


def test_before_iam_was_read_what_nobody_was_seen_to_do_is_unknown_and_not_ungranted(
    client: TestClient, engine: Engine
) -> None:
    ids = make_early_call(engine)
    row = _row(client.get(f"/streams/{ids['gate']}/review?at={iso(BEFORE)}").text, "Reader")
    assert "used:</span>GetMedia; 5 more not known" in row
    assert ">unknown:</span>PutMedia<" in row
    assert ">unknown:</span>DeleteStream and UpdateDataRetention<" in row
    assert "not granted" not in row
    with engine.begin() as connection:
        seen = event(
            1, event_time=BEFORE, action="DescribeStream", stream=GATE, actor=replace(EVENT.actor, principal=NEW)
        )
        store(connection, [seen])
    page = client.get(f"/streams/{ids['gate']}/review?at={iso(BEFORE + timedelta(seconds=1))}").text
    assert "is not known; 2 principals seen using it, 1 of them reading</small>" in page
    assert '<span class="sub">role; used DescribeStream</span>' in _row(page, "New")
    assert "role; used" not in _row(page, "Reader")
    told = client.get(f"/streams/{ids['gate']}/review.csv?at={iso(BEFORE)}").text
    nobody, line = csv.DictReader(io.StringIO(told, newline=""))
    assert (nobody["principal"], line["principal"]) == ("", READER)
    assert line["view_states"] == "unknown; used"
    assert {line[name] for name in ("view", "write", "delete")} == {"not evaluated"}


def test_without_policies_nobody_is_said_to_be_nobody(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_looked_at(connection)
    page = client.get(f"/streams/{row.id}/review").text
    assert "nothing can be said about who may" in page
    assert "0 principals" not in page.partition("<h1>")[2].partition("</p>")[0]


def test_the_file_has_a_line_for_each(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_reviewed(connection)
    answer = client.get(f"/streams/{row.id}/review.csv?{RANGE}")
    lines = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [line["principal"].rpartition("/")[2] for line in lines] == ["Analyst", "Former", "Filmer"]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="kvs-review_')
    assert client.get(f"/streams/{row.id}/review.csv?from=yesterday").status_code == 400
