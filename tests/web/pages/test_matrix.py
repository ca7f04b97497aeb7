"""`/matrix`."""

import csv
import html
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from starlette.testclient import TestClient

from app.core.kvs.actions import ACTIONS
from app.core.matrix.cells import COLUMNS
from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Grant, Outcome
from app.core.model.organization import Organization, OrganizationAccount
from app.core.model.principal import Iam
from app.core.model.trail import AdvancedSelector, FieldSelector, TrailStatus
from app.core.query.moment import iso
from app.db.queries.entries import store_entries
from app.db.queries.grants import store_matrix
from app.db.queries.snapshots import store_part
from app.services import look_back
from app.services.build_access_matrix import build_access_matrix
from tests.builders import iam
from tests.builders.accounts import CLINIC, NOW, make_account, make_part
from tests.builders.calls import make_calls, make_principal, make_stream, stream_arn
from tests.builders.estate import DATA, MANAGEMENT, make_bucket_reader, make_inventory, make_trail, stream_of
from tests.builders.events import event, store
from tests.builders.past import (
    BEFORE,
    BETWEEN,
    IAM_ALONE,
    READER,
    THEN,
    make_early_call,
    make_past,
    poll,
    reader,
    tagged,
)

ROLE = f"arn:aws:iam::{CLINIC}:role/"
GATE = f"arn:aws:kinesisvideo:eu-central-1:{CLINIC}:stream/gate/1600000000000"
SCRIPT = "<script>alert(1)</script>\u202e'\"{{7*7}}"


def row(text: str, name: str) -> dict[str, str]:
    """Return the cells of a principal's row by action, those that say nothing left out."""
    found = re.search(rf'<tr data-p="\d+"[^>]*><th[^>]*><div><a[^>]*><bdi>{name}</bdi>.*?</tr>', text)
    assert found, name
    columns = re.findall(r'data-action="(\w+)"', text)
    cells = re.findall(r"<td(?! class=\"tot\")([^>]*)></td>", found[0])
    letters = (re.search(r'data-s="(.)"', cell) for cell in cells)
    return {column: letter[1] for column, letter in zip(columns, letters, strict=True) if letter}


def sums(text: str) -> dict[str, str]:
    """Return to how many each action is granted, by the head of its column."""
    columns, told = re.findall(r'data-action="(\w+)"', text), re.findall(r'<td class="sum[^"]*">([^<]*)</td>', text)
    return dict(zip(columns, told, strict=True))


def ident(text: str, name: str) -> str:
    found = re.search(rf'<tr data-p="(\d+)"[^>]*><th[^>]*><div><a[^>]*><bdi>{name}</bdi>', text)
    assert found, name
    return found[1]


def grant(connection: Connection, *grants: Grant) -> None:
    store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"x", now=NOW)


def observable(connection: Connection, status: TrailStatus | None = None, media: AdvancedSelector = DATA) -> None:
    """Make every call of the account's one stream a call that would have been seen, as far as these let it."""
    make_bucket_reader(connection)
    make_inventory(connection, CLINIC, (stream_of(GATE, "gate"),))
    make_trail(connection, CLINIC, (media, MANAGEMENT), status)


@pytest.fixture
def account(engine: Engine) -> Engine:
    with engine.begin() as connection:
        make_account(connection)
    return engine


@pytest.mark.usefixtures("account")
def test_it_says_that_nobody_has_looked_yet(client: TestClient) -> None:
    answer = client.get("/matrix").text
    assert "The matrix appears as soon as IAM" in answer
    assert '<a class="btn" href="/accounts">See the accounts</a>' in answer
    assert "Nobody has read who may do what in clinic-video yet" in answer


def test_what_was_used_before_anybody_has_looked_is_not_counted_as_granted(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        for number in range(41):
            make_calls(connection, "GetMedia", 1, principal_id=make_principal(connection, f"Reader{number:02}"))
    page = client.get("/matrix?group=none").text
    assert row(page, "Reader00") == dict.fromkeys(COLUMNS, "?") | {"GetMedia": "U"}
    assert "its cells tell what was used alone" in page
    assert set(re.findall(r'<td class="tot">([^<]*)</td>', page)) == {"?"}
    assert sums(page) == dict.fromkeys(COLUMNS, "?")
    assert {data[-1] for data in rows_of(client, page)["rows"]} == {"?"}


@pytest.mark.parametrize("calls", [0, 1])
def test_a_total_of_accounts_of_which_one_was_never_evaluated_is_not_whole(
    client: TestClient, account: Engine, calls: int
) -> None:
    other = 111122223333
    with account.begin() as connection:
        arn = stream_arn(connection, make_stream(connection, "gate"))
        make_principal(connection, "Analyst")
        grant(connection, Grant(f"{ROLE}Analyst", "GetMedia", Outcome.ALLOW, (arn,)))
        make_account(connection, other, name="other")
        stranger = make_principal(connection, "Stranger", other)
        for _ in range(calls):
            make_calls(connection, "GetMedia", 1, account_id=other, principal_id=stranger)
    page = client.get("/matrix").text
    assert sums(page) == dict.fromkeys(COLUMNS, "?") | {"GetMedia": "≥1"}
    alone = client.get(f"/matrix?account={CLINIC}").text
    assert sums(alone) == dict.fromkeys(COLUMNS, "0") | {"GetMedia": "1"}
    assert re.findall(r'<td class="tot">([^<]*)</td>', alone) == ["1"]
    one = client.get(f"/matrix?principal={ROLE}Analyst").text
    assert sums(one) == dict.fromkeys(COLUMNS, "0") | {"GetMedia": "1"}
    by_name = client.get("/matrix?principal=Analyst").text
    assert sums(by_name) == dict.fromkeys(COLUMNS, "?") | {"GetMedia": "≥1"}


def test_a_total_with_unknown_cells_is_not_whole(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        arn = stream_arn(connection, make_stream(connection, "gate"))
        make_principal(connection, "Analyst")
        outcomes = {"GetMedia": Outcome.ALLOW, "TagStream": Outcome.UNKNOWN}
        grant(connection, *(Grant(f"{ROLE}Analyst", name, outcome, (arn,)) for name, outcome in outcomes.items()))
    page = client.get("/matrix").text
    assert sums(page) == dict.fromkeys(COLUMNS, "0") | {"GetMedia": "1", "TagStream": "?"}
    assert re.findall(r'<td class="tot">([^<]*)</td>', page) == ["≥1"]


def test_a_cell_says_what_is_granted_used_and_observable(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        observable(connection)
        arn = stream_arn(connection, make_stream(connection, "gate"))
        analyst = make_principal(connection, "Analyst")
        grant(
            connection,
            Grant(f"{ROLE}Analyst", "GetMedia", Outcome.ALLOW, (arn,)),
            Grant(f"{ROLE}Analyst", "GetClip", Outcome.ALLOW, (arn,)),
            Grant(f"{ROLE}Analyst", "GetImages", Outcome.CONDITIONAL, (arn,), ("aws:sourceip",)),
            Grant(f"{ROLE}Analyst", "PutMedia", Outcome.PER_DEVICE, (arn,)),
            Grant(f"{ROLE}Analyst", "DeleteStream", Outcome.DENY, (arn,)),
            Grant(f"{ROLE}Analyst", "TagStream", Outcome.UNKNOWN, (arn,)),
        )
        make_calls(connection, "GetMedia", 5, principal_id=analyst)
        make_calls(connection, "UpdateStream", 1, principal_id=analyst)
    assert row(client.get("/matrix").text, "Analyst") == {
        "GetMedia": "U",
        "GetClip": "G",
        "GetImages": "C",
        "PutMedia": "D",
        "DeleteStream": "X",
        "TagStream": "?",
        "UpdateStream": "R",
    }


def test_without_a_trail_nothing_is_called_unused(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        arn = stream_arn(connection, make_stream(connection, "gate"))
        make_inventory(connection, CLINIC, (stream_of(GATE, "gate"),))
        grant(connection, Grant(f"{ROLE}Analyst", "GetMedia", Outcome.ALLOW, (arn,)))
    assert row(client.get("/matrix").text, "Analyst") == {"GetMedia": "B"}
    page = client.get("/matrix?show=unused").text
    assert "Of 1 principal the use of what they may do was not observable: nobody knows what of it was unused." in page


def test_of_one_class_an_action_is_unused_and_the_next_not_observable(client: TestClient, account: Engine) -> None:
    by_name = replace(DATA, fields=(*DATA.fields, FieldSelector("eventName", equals=("GetMedia",))))
    with account.begin() as connection:
        observable(connection, media=by_name)
        grants = (Grant(f"{ROLE}Analyst", name, Outcome.ALLOW, (GATE,)) for name in ("GetMedia", "GetClip"))
        grant(connection, *grants, Grant(f"{ROLE}Clipper", "GetClip", Outcome.ALLOW, (GATE,)))
        make_principal(connection, "Clipper")
    page = client.get("/matrix").text
    assert row(page, "Analyst") == {"GetMedia": "G", "GetClip": "B"}
    assert "; of 1 more use was not observable</span>" in client.get("/matrix?show=unused").text
    alike = client.get("/matrix?show=unused&show=differences").text
    assert "Without Differences there may be rows. Of 1 principal the use of what they may do was not" in alike
    who = ident(page, "Analyst")
    assert "never in 30 d" in client.get(f"/matrix?cell={who},GetMedia").text
    clip = client.get(f"/matrix?cell={who},GetClip").text
    assert "not seen; not observable" in clip
    assert "no selector of kvs-trail takes these calls" in clip


def fleet(connection: Connection, size: int) -> None:
    grants = [Grant(f"{ROLE}cam-{n:04d}", "PutMedia", Outcome.ALLOW, ("*",)) for n in range(size)]
    grant(connection, *grants, Grant(f"{ROLE}Analyst", "GetMedia", Outcome.ALLOW, ("*",)))


def test_rows_that_are_alike_stand_in_one(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        fleet(connection, 12)
    joined = client.get("/matrix").text
    assert joined.count("<tr data-p=") == 2
    assert "and 11 alike" in joined
    assert "13 principals" in joined
    assert client.get("/matrix?group=none").text.count("<tr data-p=") == 13


def rows_of(client: TestClient, page: str) -> Any:
    """Return what the script of a page gets; what stood for long is read anew, and is the same."""
    href = re.search(r'data-rows="(.*?)"', page)
    assert href
    left, again = (client.get(html.unescape(href[1])) for _ in range(2))
    assert left.headers["content-type"] == "application/json"
    assert left.json() == again.json()
    return left.json()


def test_many_rows_are_paged_and_all_of_them_given_to_the_script(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        fleet(connection, 450)
    first = client.get("/matrix?group=none").text
    assert first.count("<tr data-p=") == 25
    assert "rows 1 to 25 of 451" in first
    told = rows_of(client, first)
    assert len(told["rows"]) == 451
    # What rows share stands there once.
    assert len(told["cells"]) < 5
    assert [told["cells"][row[3]].replace(".", "") for row in told["rows"]] == ["B"] * 451
    last = client.get("/matrix?group=none&page=19").text
    assert last.count("<tr data-p=") == 1
    wrong = client.get("/matrix?group=none&page=20").text
    assert "is not one of the 19 pages" in wrong


@pytest.mark.parametrize(
    ("question", "columns"),
    [("", 46), ("show=media", 8), ("action~=clip", 1), ("action=GetMedia&action=getclip", 2), ("action!=GetMedia", 45)],
)
def test_the_columns_can_be_narrowed(client: TestClient, account: Engine, question: str, columns: int) -> None:
    with account.begin() as connection:
        actions = ("GetMedia", "GetClip", "PutMedia")
        grant(connection, *(Grant(f"{ROLE}Analyst", action, Outcome.ALLOW, ("*",)) for action in actions))
    assert client.get(f"/matrix?{question}").text.count('data-action="') == columns


def test_the_views_show_only_unused_and_only_differences(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        observable(connection)
        arn = stream_arn(connection, make_stream(connection, "gate"))
        busy, idle = make_principal(connection, "Busy"), make_principal(connection, "Idle")
        grant(
            connection,
            *(Grant(f"{ROLE}{name}", "GetMedia", Outcome.ALLOW, (arn,)) for name in ("Busy", "Idle")),
            *(Grant(f"{ROLE}{name}", "GetClip", Outcome.ALLOW, (arn,)) for name in ("Busy", "Idle")),
        )
        make_calls(connection, "GetMedia", 1, principal_id=busy)
        make_calls(connection, "GetClip", 1, principal_id=busy)
        make_calls(connection, "GetClip", 1, principal_id=idle)
    unused = client.get("/matrix?show=unused").text
    assert "<bdi>Idle</bdi>" in unused
    assert "<bdi>Busy</bdi>" not in unused
    different = client.get("/matrix?show=differences").text
    assert re.findall(r'data-action="(\w+)"', different) == ["GetMedia"]
    assert "1 action; 45 actions left out, the same in every row</span>" in different
    assert 'title="Without the actions whose state is the same in every row"' in different


def test_what_exposes_media_and_was_not_used_is_one_question(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        observable(connection)
        arn = stream_arn(connection, make_stream(connection, "gate"))
        busy = make_principal(connection, "Busy")
        make_principal(connection, "Idle")
        grant(
            connection,
            *(Grant(f"{ROLE}{name}", "GetMedia", Outcome.ALLOW, (arn,)) for name in ("Busy", "Idle")),
            Grant(f"{ROLE}Busy", "PutMedia", Outcome.ALLOW, (arn,)),
        )
        make_calls(connection, "GetMedia", 1, principal_id=busy)
    assert "<bdi>Busy</bdi>" in client.get("/matrix?show=unused").text
    page = client.get("/matrix?show=media&show=unused").text
    assert re.findall(r'class="plain cut"[^>]*><bdi>(\w+)</bdi>', page) == ["Idle"]
    assert 'data-action="PutMedia"' not in page
    assert page.count('aria-current="true">Exposes media<') + page.count('aria-current="true">Unused<') == 2
    file = client.get("/matrix.csv?show=media&show=unused").text
    assert "/Idle" in file
    assert "/Busy" not in file


def test_what_differs_is_asked_of_the_rows_that_are_shown(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        observable(connection)
        _, _, busy = (make_principal(connection, name) for name in ("One", "Two", "Busy"))
        grant(
            connection,
            *(Grant(f"{ROLE}{name}", "GetMedia", Outcome.ALLOW, (GATE,)) for name in ("One", "Two", "Busy")),
            Grant(f"{ROLE}Two", "GetClip", Outcome.ALLOW, (GATE,)),
        )
        make_calls(connection, "GetMedia", 1, principal_id=busy)
    page = client.get("/matrix?show=unused&show=differences").text
    # Who used it is not shown: in these rows GetMedia is the same.
    assert re.findall(r'data-action="(\w+)"', page) == ["GetClip"]
    assert (row(page, "One"), row(page, "Two")) == ({}, {"GetClip": "G"})
    page = client.get("/matrix?show=unused&show=differences&action=GetMedia").text
    assert "No action of this view differs from row to row. Without Differences there may be rows." in page
    page = client.get("/matrix?show=all&show=media").text
    assert re.findall(r'aria-current="true">([^<]*)', page.partition("<main")[2])[0] == "Exposes media"


@pytest.mark.parametrize("question", ["colour=red", "kind=robot", "cell=0,GetMedia", "cell=x", "page=0", "cols=a"])
def test_what_cannot_be_used_is_a_red_chip(client: TestClient, account: Engine, question: str) -> None:
    with account.begin() as connection:
        fleet(connection, 1)
    answer = client.get(f"/matrix?{question}")
    assert answer.status_code == 200
    assert 'class="chip bad"' in answer.text


def evaluate(engine: Engine, status: TrailStatus | None = None) -> None:
    """Compute the grants of the account really, from a policy with two statements."""
    lists = iam.allow("kinesisvideo:ListStreams", Sid="Lists")
    watches = iam.allow(["kinesisvideo:GetMedia", "kinesisvideo:GetClip"], GATE, Sid="Watches")
    analyst = iam.role(lists, watches, arn=f"{ROLE}Analyst", name="Analyst")
    alone = OrganizationAccount(CLINIC, "clinic-video", "ACTIVE", ("r-1", str(CLINIC)))
    with engine.begin() as connection:
        observable(connection, status)
        store_part(connection, CLINIC, "iam", "", Iam((analyst,), ()), NOW)
        store_part(connection, CLINIC, "organization", "", Organization("o-1", CLINIC, (alone,), (), ()), NOW)
    build_access_matrix(engine, CLINIC, now=NOW)


@pytest.fixture
def evaluated(account: Engine) -> Engine:
    evaluate(account)
    return account


@pytest.mark.usefixtures("evaluated")
def test_a_filter_that_leaves_nobody_can_be_dropped(client: TestClient) -> None:
    answer = client.get("/matrix?principal~=nobody").text
    assert "No principal matches this filter." in answer
    assert '<a class="btn" href="/matrix">Drop all filters</a>' in answer


@pytest.mark.usefixtures("evaluated")
def test_the_drawer_shows_the_very_statement_that_decides(client: TestClient) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    answer = client.get(f"/matrix?cell={who},GetMedia").text
    assert "Allowed on gate" in answer
    assert "Statement 2 (Watches) of own allows the call" in answer
    marked = re.findall(r'<span class="hit" data-n="\d+">(.*?)</span>', answer)
    assert any("kinesisvideo:GetMedia" in line for line in marked)
    assert not any("kinesisvideo:GetClip" in line for line in marked)
    assert 'aria-selected="true"' in answer


def test_the_drawer_names_who_may_become_a_role_that_is_granted_it(client: TestClient, evaluated: Engine) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    before = client.get(f"/matrix?cell={who},GetMedia").text
    far = Entry(f"{ROLE}Analyst", TrustedKind.SERVICE, "ecs-tasks.amazonaws.com", None, Outcome.ALLOW)
    with evaluated.begin() as connection:
        store_entries(connection, CLINIC, [far], inputs=b"", accounts={CLINIC}, now=NOW)
    after = client.get(f"/matrix?cell={who},GetMedia").text

    assert "Who may assume 1 role or user on the way is not computed" in before
    assert "Who may become it" in after
    assert "ecs-tasks.amazonaws.com" in after
    assert "Who may become it" not in client.get(f"/matrix?cell={who},DeleteStream").text


@pytest.mark.usefixtures("evaluated")
def test_never_is_said_where_all_of_the_time_was_observable(client: TestClient) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    assert "never in 30 d" in client.get(f"/matrix?cell={who},GetMedia").text


def test_never_is_not_said_where_a_hole_was(client: TestClient, account: Engine) -> None:
    stopped = NOW - timedelta(days=9)
    evaluate(account, TrailStatus(True, NOW, started_at=stopped + timedelta(days=6), stopped_at=stopped))
    who = ident(client.get("/matrix").text, "Analyst")
    answer = client.get(f"/matrix?cell={who},GetMedia").text
    assert "never in 30 d" not in answer
    assert "not seen; 80.0 % observable" in answer
    assert "Granted; its use could not be observed." in answer


@pytest.mark.usefixtures("evaluated")
def test_what_is_not_granted_is_explained_too(client: TestClient) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    answer = client.get(f"/matrix?cell={who},DeleteStream").text
    assert "Not granted." in answer
    assert "No identity policy of the principal allows the call." in answer


@pytest.fixture
def unorganized(account: Engine) -> tuple[int, int]:
    """An account of which the organization could not be read, and what a policy allows there: (stream, principal)."""
    analyst = iam.role(iam.allow("kinesisvideo:GetMedia"), arn=f"{ROLE}Analyst", name="Analyst")
    with account.begin() as connection:
        observable(connection)
        stream, who = make_stream(connection, "gate"), make_principal(connection, "Analyst")
        store_part(connection, CLINIC, "iam", "", Iam((analyst,), ()), NOW)
    build_access_matrix(account, CLINIC, now=NOW)
    return stream, who


@pytest.mark.usefixtures("unorganized")
def test_an_organization_that_could_not_be_read_is_said_above_the_matrix(client: TestClient) -> None:
    answer = client.get("/matrix").text
    assert row(answer, "Analyst") == {"GetMedia": "?"}
    assert "clinic-video: AWS Organizations: could not be read." in answer


def test_headlines_say_of_how_many_it_is_not_known(client: TestClient, unorganized: tuple[int, int]) -> None:
    stream, who = unorganized
    why = "it is not known (AWS Organizations: could not be read)."
    assert f"0 principals may watch it; of 2 {why}" in client.get(f"/streams/{stream}").text
    assert f"It may watch 0 streams and channels; of 1 {why}" in client.get(f"/principals/{who}").text
    assert '<td class="num">0, 1 not known</td>' in client.get("/principals?name=Analyst").text
    assert "0, 2 not known" in client.get("/streams").text
    assert '"0, 2 not known"' in client.get("/streams.csv").text


NORTH, SOUTH, LAKE = (GATE.replace("gate", name) for name in ("north-1", "south-1", "lake-1"))


@pytest.fixture
def split(account: Engine) -> Engine:
    """Three streams, one of the north and one of the south granted, each by a statement of its own."""
    arns = (NORTH, SOUTH, LAKE)
    watches = [
        iam.allow("kinesisvideo:GetMedia", arn.replace("-1", "-*"), Sid=sid)
        for arn, sid in ((NORTH, "North"), (SOUTH, "South"))
    ]
    analyst = iam.role(*watches, arn=f"{ROLE}Analyst", name="Analyst")
    alone = OrganizationAccount(CLINIC, "clinic-video", "ACTIVE", ("r-1", str(CLINIC)))
    with account.begin() as connection:
        make_inventory(connection, CLINIC, tuple(stream_of(arn, arn.split("/")[1]) for arn in arns))
        store_part(connection, CLINIC, "iam", "", Iam((analyst,), ()), NOW)
        store_part(connection, CLINIC, "organization", "", Organization("o-1", CLINIC, (alone,), (), ()), NOW)
    build_access_matrix(account, CLINIC, now=NOW)
    return account


@pytest.mark.usefixtures("split")
def test_each_statement_that_grants_some_of_the_streams_is_shown_with_them(client: TestClient) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    answer = client.get(f"/matrix?cell={who},GetMedia").text
    assert "<h2><bdi>GetMedia on 2 of 3 streams</bdi></h2>" in answer
    assert re.findall(r"<h3><bdi>(Allowed.*?)</bdi>", answer) == ["Allowed on north-1", "Allowed on south-1"]
    assert "Statement 1 (North) of own allows the call" in answer
    assert "Statement 2 (South) of own allows the call" in answer


@pytest.mark.usefixtures("split")
def test_the_drawer_explains_a_stream_of_the_filter(client: TestClient) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    answer = client.get(f"/matrix?stream=south-1&cell={who},GetMedia").text
    assert "Allowed on south-1" in answer
    assert "Statement 2 (South)" in answer
    assert "north-1" not in answer


@pytest.mark.usefixtures("split")
def test_what_the_filter_leaves_without_a_grant_is_explained_as_not_granted(client: TestClient) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    answer = client.get(f"/matrix?stream=lake-1&cell={who},GetMedia").text
    assert "Not granted." in answer
    assert "Allowed" not in answer
    assert "No identity policy of the principal allows the call." in answer
    assert f"As for <bdi>{LAKE}</bdi>" in answer


@pytest.mark.usefixtures("split")
def test_of_two_streams_of_the_filter_the_one_without_a_grant_is_explained_too(client: TestClient) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    answer = client.get(f"/matrix?stream=lake-1&stream=north-1&cell={who},GetMedia").text
    assert re.findall(r"<h3><bdi>(\w+ .*?on .*?)</bdi>", answer) == ["Allowed on north-1", "Not granted on lake-1"]


@pytest.mark.usefixtures("split")
def test_a_filter_that_leaves_no_stream_says_so_in_the_drawer(client: TestClient) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    answer = client.get(f"/matrix?tag=nowhere&cell={who},GetMedia").text
    assert "The filter leaves nothing that GetMedia is called on." in answer


def test_the_drawer_counts_calls_on_the_streams_of_the_filter_alone(client: TestClient, split: Engine) -> None:
    with split.begin() as connection:
        store(connection, [event(n, action="GetMedia", stream=NORTH) for n in range(7)])
    who = ident(client.get("/matrix").text, "ArchiveReader")
    assert "7 calls since 2026-11-23; last" in client.get(f"/matrix?stream=north-1&cell={who},GetMedia").text
    elsewhere = client.get(f"/matrix?stream=south-1&cell={who},GetMedia").text
    assert "7 calls" not in elsewhere
    assert "None in this range." in elsewhere


@pytest.mark.usefixtures("split")
def test_streams_that_are_not_listed_any_more_are_not_explained_as_allowed(client: TestClient, split: Engine) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    with split.begin() as connection:
        make_inventory(connection, CLINIC, (stream_of(NORTH, "north-1"),))
    answer = client.get(f"/matrix?cell={who},GetMedia").text
    assert "Allowed on south-1" in answer
    assert "What was read last no longer says so: the next evaluation will." in answer
    assert "Statement 2 (South)" not in answer


def test_the_drawer_lists_the_last_calls_and_leads_to_all_of_them(client: TestClient, evaluated: Engine) -> None:
    with evaluated.begin() as connection:
        store(connection, [event(n, action="GetMedia", stream=GATE) for n in range(7)])
        who_arn = event().actor.principal
    assert who_arn.endswith("ArchiveReader")
    who = ident(client.get("/matrix").text, "ArchiveReader")
    answer = client.get(f"/matrix?cell={who},GetMedia").text
    assert "Used, and not granted any more." in answer
    assert "7 calls since 2026-11-23; last 2026-11-23 03:15:44Z" in answer
    assert len(re.findall(r'<li><a href="/events\?event=', answer)) == 5
    timeline = re.search(r'class="btn main-act" href="(/events[^"]*)"', answer)
    assert timeline
    assert "7 calls" in client.get(html.unescape(timeline[1])).text


@pytest.mark.usefixtures("evaluated")
def test_a_row_opens_without_javascript_and_leads_to_its_cells(client: TestClient) -> None:
    who = ident(client.get("/matrix").text, "Analyst")
    answer = client.get(f"/matrix?cell={who}").text
    assert "What Analyst may do" in answer
    assert f"/matrix?cell={who},ListStreams" in answer
    assert f"/matrix?cell={who},DeleteStream" not in answer


def titles(text: str, name: str) -> list[str]:
    """Return what the cells of a principal's row are called, those that say nothing left out."""
    found = re.search(rf'<tr data-p="\d+"[^>]*><th[^>]*><div><a[^>]*><bdi>{name}</bdi>.*?</tr>', text)
    assert found, name
    assert re.findall(r' aria-label="([^"]*)"', found[0]) == re.findall(r' title="([^"]*)"', found[0])
    return re.findall(r' title="([^"]*)"', found[0])


def test_a_cell_says_on_how_many_of_the_streams_it_holds(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        one, two, three = (stream_arn(connection, make_stream(connection, name)) for name in ("one", "two", "three"))
        make_stream(connection, "door", kind="channel")
        make_stream(connection, "old", removed_at=NOW)
        analyst = make_principal(connection, "Analyst")
        who = f"{ROLE}Analyst"
        grant(
            connection,
            Grant(who, "GetMedia", Outcome.ALLOW, (one,)),
            Grant(who, "GetMedia", Outcome.CONDITIONAL, (two, three), ("aws:sourceip",)),
            Grant(who, "GetClip", Outcome.ALLOW, (one, two, three)),
            Grant(who, "GetImages", Outcome.CONDITIONAL, (one,), ("aws:sourceip",)),
            Grant(who, "GetImages", Outcome.CONDITIONAL, (two,), ("aws:sourcevpc",)),
            Grant(who, "TagResource", Outcome.UNKNOWN, (one,)),
            Grant(who, "ListStreams", Outcome.ALLOW, ("*",)),
        )
        make_calls(connection, "GetMedia", 5, principal_id=analyst)
        make_calls(connection, "PutMedia", 5, principal_id=analyst)
    assert titles(client.get("/matrix").text, "Analyst") == [
        "GetMedia: used 5 times since 2026-11-23, last 2026-11-23 09:41Z; allowed on 1 of 3 streams",
        "GetClip: granted, use not observable; allowed on all 3 streams",
        "GetImages: conditional on aws:sourceip and aws:sourcevpc; on 2 of 3 streams",
        "PutMedia: used, no longer granted; 5 times since 2026-11-23, last 2026-11-23 09:41Z",
        "ListStreams: granted, use not observable",
        "TagResource: unknown on 1 of 4 streams and channels",
    ]
    joined = titles(client.get("/matrix?stream=two").text, "Analyst")
    assert joined[0] == "GetMedia: conditional on aws:sourceip"
    narrowed = titles(client.get("/matrix?stream=one&stream=two").text, "Analyst")
    assert narrowed[0] == "GetMedia: granted, use not observable; allowed on 1 of 2 streams"


def test_keys_that_others_chose_stay_text(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        keys = (f"aws:principaltag/{SCRIPT}",)
        who = [f"{ROLE}cam-{n:03d}" for n in range(41)]
        grant(connection, *(Grant(one, "PutMedia", Outcome.CONDITIONAL, (GATE,), keys) for one in who))
        make_stream(connection, "gate")
    answer = client.get("/matrix?group=none").text
    assert "<script>alert" not in answer
    said = r"PutMedia: conditional on aws:principaltag/<script>alert(1)</script>\u202e'"
    assert all(title.startswith(said) for title in titles(html.unescape(answer).replace('"{{', "'{{"), "cam-000"))


def test_a_line_of_many_says_between_what_their_streams_lie(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        arns = [stream_arn(connection, make_stream(connection, f"cam-{n}")) for n in range(5)]
        grants = [Grant(f"{ROLE}cam-{n}", "PutMedia", Outcome.ALLOW, tuple(arns[:n])) for n in (1, 2, 4)]
        grant(connection, *grants)
    joined = client.get("/matrix").text
    assert titles(joined, "cam-1") == ["PutMedia: granted, use not observable; allowed on 1 to 4 of 5 streams"]
    alone = client.get("/matrix?group=none").text
    assert titles(alone, "cam-2") == ["PutMedia: granted, use not observable; allowed on 2 of 5 streams"]


def test_the_script_has_the_phrases_of_rows_behind_the_first_page(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        arns = [stream_arn(connection, make_stream(connection, name)) for name in ("one", "two")]
        fleet = [Grant(f"{ROLE}cam-{n:03d}", "PutMedia", Outcome.ALLOW, (arns[n % 2],)) for n in range(150)]
        grant(connection, *fleet, Grant(f"{ROLE}lord", "PutMedia", Outcome.ALLOW, tuple(arns)))
    answer = client.get("/matrix?group=none&action=PutMedia").text
    told = rows_of(client, answer)
    assert told["held"] == [["; allowed on 1 of 2 streams"], ["; allowed on all 2 streams"]]
    assert [row[5] for row in told["rows"]] == [0] * 150 + [1]


def test_the_script_has_the_uses_of_rows_behind_the_first_page(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        fleet(connection, 60)
        last = make_principal(connection, "cam-0059")
        make_calls(connection, "PutMedia", 214, principal_id=last)
    answer = client.get(f"/matrix?group=none&cell={last},PutMedia").text
    uses = {row[1]: row[6] for row in rows_of(client, answer)["rows"] if row[6]}
    assert list(uses) == ["cam-0059"]
    assert list(uses["cam-0059"].values()) == [" 214 times since 2026-11-23, last 2026-11-23 09:41Z"]


def test_names_that_others_chose_stay_text(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        names = [f"{ROLE}{SCRIPT}{n}" for n in range(250)]
        grant(connection, *(Grant(name, "GetMedia", Outcome.ALLOW, ("*",)) for name in names))
    answer = client.get("/matrix?group=none&principal~=" + SCRIPT).text
    assert "<script>alert" not in answer
    assert "{{7*7}}" in answer


def test_the_csv_is_exactly_what_the_page_shows(client: TestClient, account: Engine) -> None:
    with account.begin() as connection:
        fleet(connection, 2)
    lines = client.get("/matrix.csv?principal=Analyst&show=media").text.splitlines()
    assert lines[0].startswith("account,account_name,principal,name,kind,GetMedia,GetClip")
    assert lines[1:] == [
        f'{CLINIC},clinic-video,{ROLE}Analyst,Analyst,role,"granted, use not observable"' + ",not granted" * 7 + ",,"
    ]


@pytest.fixture
def past(engine: Engine) -> Engine:
    make_past(engine)
    return engine


@pytest.mark.usefixtures("past")
def test_as_of_a_time_the_page_is_of_that_time_and_says_so(client: TestClient) -> None:
    text = client.get(f"/matrix?at={iso(THEN)}").text
    assert {name: row(text, name) for name in ("Reader", "Gone")} == {
        "Reader": {"GetMedia": "B"},
        "Gone": {"GetClip": "B"},
    }
    assert "<bdi>New</bdi>" not in text
    assert f"<b>As of</b> {THEN:%Y-%m-%d %H:%M:%SZ}" in text
    assert "read at 2026-11-13 09:41:00Z and next at 2026-11-18 09:41:00Z, both times the same" in text
    assert f'href="/matrix.csv?at={iso(THEN)}"' in text
    assert "to=2026-11-16T09:41Z" in html.unescape(text)


def test_who_has_no_row_yet_is_counted(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, kind="management")
        poll(connection, THEN, (reader(iam.allow("kinesisvideo:GetMedia")),), (tagged(GATE, "north"),))
    text = client.get(f"/matrix?at={iso(THEN)}").text
    assert "1 principal of that time cannot be shown until the account is evaluated" in text
    assert row(text, "Reader") == {"GetMedia": "B"}
    assert f"{CLINIC}:root" in client.get(f"/grants.csv?at={iso(THEN)}").text


@pytest.mark.usefixtures("past")
def test_between_two_polls_the_page_gives_the_interval(client: TestClient) -> None:
    text = client.get(f"/matrix?at={iso(BETWEEN)}").text
    said = "the reading of 2026-11-18 09:41:00Z found this, the one of 2026-11-18 09:56:00Z something else"
    changed = "Roles, users and policies; streams (eu-central-1); tags of streams (eu-central-1)"
    assert f"not known</span> {changed}: {said}" in re.sub("</?bdi>", "", text)


@pytest.mark.usefixtures("past")
def test_before_the_first_poll_nothing_is_known(client: TestClient) -> None:
    text = client.get(f"/matrix?at={iso(BEFORE)}").text
    assert "not known: first read at 2026-11-13 09:41:00Z." in text
    assert "Nobody had read who may do what in clinic-video then" in text
    assert "IAM of no account had been read then, so nobody can say who might do what." in text
    assert "<tbody>" not in text


def test_before_iam_was_read_what_a_caller_was_not_seen_to_do_is_unknown(client: TestClient, engine: Engine) -> None:
    make_early_call(engine)
    asked = f"account={CLINIC}&stream={GATE}&at={iso(BEFORE)}"
    page = client.get(f"/matrix?{asked}").text
    assert row(page, "Reader") == dict.fromkeys(COLUMNS, "?") | {"GetMedia": "U"}
    assert sums(page) == dict.fromkeys(COLUMNS, "?")
    assert re.findall(r'<td class="tot">([^<]*)</td>', page) == ["?"]
    assert "Nobody had read who may do what in clinic-video then: its cells tell what was used alone." in page
    (line,) = csv.DictReader(client.get(f"/matrix.csv?{asked}").text.splitlines())
    assert {line[name] for name in COLUMNS if name != "GetMedia"} == {"unknown"}


def test_when_iam_alone_was_read_what_takes_a_stream_is_unknown(client: TestClient, engine: Engine) -> None:
    make_past(engine, is_iam_first=True)
    free = {action.name for action in ACTIONS.values() if action.is_wildcard_only}
    at = iso(IAM_ALONE)
    page = client.get(f"/matrix?at={at}").text
    assert {name for name, said in sums(page).items() if said != "?"} == free
    assert {name for name, letter in row(page, "root").items() if letter != "?"} == free
    assert "clinic-video: no listing had been made that has all that is asked about." in re.sub("</?bdi>", "", page)
    with engine.connect() as connection:
        who = connection.exec_driver_sql("select id from principal where name = 'Reader'").scalar_one()
    for asked in ("", f"stream={GATE}&"):
        drawer = client.get(f"/matrix?{asked}at={at}&cell={who},GetMedia").text.partition('id="cell"')[2]
        assert "Not known: no listing has all that it could be called on." in drawer
        assert "Not granted" not in drawer
    told = list(csv.DictReader(client.get(f"/grants.csv?at={at}").text.splitlines()))
    assert [line["outcome"] for line in told[:2]] == ["streams not listed", "channels not listed"]
    assert {line["action"] for line in told[2:]} == free


@pytest.mark.parametrize("asked", ["", f"&at={iso(NOW - timedelta(hours=1))}"])
def test_who_is_gone_is_granted_nothing_on_what_no_listing_has(client: TestClient, engine: Engine, asked: str) -> None:
    make_past(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("update part set seen_at = null")
        connection.exec_driver_sql("delete from snapshot where part in ('streams', 'channels')")
        who = dict(connection.exec_driver_sql("select name, id from principal").all())
    told = {
        name: client.get(f"/matrix?cell={who[name]},GetImages{asked}").text.partition('id="cell"')[2]
        for name in ("Gone", "New")
    }
    assert "Not known: no listing has all that it could be called on." in told["New"]
    assert "Not known" not in told["Gone"]
    assert "Not granted." in told["Gone"]


def test_of_regions_that_were_never_listed_the_page_tells(client: TestClient, engine: Engine) -> None:
    make_past(engine)
    with engine.begin() as connection:
        make_part(connection, "streams", region="eu-west-1", state="denied", seen_at=None)
        who = connection.exec_driver_sql("select id from principal where name = 'Reader'").scalar_one()
    assert sums(client.get("/matrix").text)["GetImages"] != "?"
    for path in ("/matrix", f"/matrix?view=streams&principal={READER}", "/principals"):
        page = re.sub("</?bdi>", "", client.get(path).text)
        assert "clinic-video: what there is in eu-west-1 was never listed. What is granted there is not known." in page
    assert (
        "may watch 1 stream or channel; what there is in eu-west-1 was never listed."
        in client.get(f"/principals/{who}").text
    )


@pytest.mark.usefixtures("past")
def test_the_drawer_explains_by_the_policies_of_then(client: TestClient) -> None:
    at = iso(THEN)
    text = client.get(f"/matrix?at={at}").text
    drawer = html.unescape(client.get(f"/matrix?at={at}&cell={ident(text, 'Reader')},GetMedia").text)
    assert "Allowed on all 2 streams" in drawer
    assert re.search(r'href="/iam/explain.json\?[^"]*&at=2026-11-16T09%3A41Z" download', drawer)
    gone = html.unescape(client.get(f"/matrix?cell={ident(text, 'Gone')},GetClip&at={at}").text)
    assert "Statement 1 of own allows the call" in gone


def test_all_accounts_that_would_take_too_long_are_to_choose_from(
    client: TestClient, past: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_back, "MOST_CELLS", 3)
    with past.begin() as connection:
        make_account(connection, 111122223333, name="other")
    text = html.unescape(client.get(f"/matrix?at={iso(THEN)}").text)
    assert "Choose one:" in text
    assert f'href="/matrix?account={CLINIC}&at={iso(THEN)}">' in text
    refused = client.get(f"/matrix.csv?at={iso(THEN)}")
    assert (refused.status_code, "choose one" in refused.text) == (400, True)


@pytest.mark.usefixtures("past")
@pytest.mark.parametrize("name", ["matrix", "grants"])
def test_files_are_of_the_same_time(client: TestClient, name: str) -> None:
    answer = client.get(f"/{name}.csv", params={"at": iso(THEN)})
    lines = answer.text.splitlines()
    assert lines[0].endswith(",as_of_utc,readings")
    assert any("role/Gone" in line and f"{iso(THEN)}" in line and "both times the same" in line for line in lines)
    assert "_as-of-20261116T094100Z.csv" in answer.headers["content-disposition"]
    assert client.get(f"/{name}.csv", params={"at": "9999-01-01"}).status_code == 400
    assert not client.get(f"/{name}.csv").text.splitlines()[0].endswith("readings")
