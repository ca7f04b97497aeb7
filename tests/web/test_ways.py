"""Ways through roles, as the pages of a stream and of a principal print them."""

import re

import pytest
from sqlalchemy import Connection, Engine
from starlette.testclient import TestClient

from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Grant, Outcome
from app.core.model.principal import Iam
from app.db.queries.entries import store_entries
from app.db.queries.grants import store_matrix
from app.db.queries.snapshots import store_part
from app.web.names import short
from tests.builders import iam
from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import dimension, make_principal, make_stream
from tests.builders.facts import NOW

OTHER = 444455556666
PORTAL = f"arn:aws:iam::{CLINIC:012d}:role/Portal"
GATE = f"arn:aws:kinesisvideo:eu-central-1:{CLINIC:012d}:stream/gate/1600000000000"
FAR = f"arn:aws:iam::{OTHER}:role/Far"
HALL = f"arn:aws:iam::{CLINIC:012d}:role/Hall"


def into(role: str, source: str, kind: TrustedKind = TrustedKind.PRINCIPAL, **more) -> Entry:
    outcome = more.pop("outcome", Outcome.ALLOW)
    return Entry(role, kind, source, more.pop("account", None), outcome, **more)


def watched(connection: Connection, *entries: Entry) -> tuple[int, int]:
    make_account(connection)
    stream, portal = make_stream(connection, "gate"), make_principal(connection, "Portal")
    grant = Grant(PORTAL, "GetMedia", Outcome.ALLOW, (GATE,))
    store_matrix(connection, CLINIC, [grant], [], evaluator=1, inputs=b"", now=NOW)
    if entries:
        store_entries(connection, CLINIC, entries, inputs=b"", accounts={CLINIC}, now=NOW)
    return stream, portal


def shown(client: TestClient, path: str) -> str:
    text = client.get(path).text
    return text[text.index("through a role" if path.startswith("/streams") else "Who may become it") :]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (into(PORTAL, "*", TrustedKind.EVERYONE), "Anybody"),
        (into(PORTAL, "ecs-tasks.amazonaws.com", TrustedKind.SERVICE), "a service of AWS"),
        (into(PORTAL, str(OTHER), TrustedKind.ACCOUNT, account=OTHER), "its account is not read by kvswatch"),
        (into(PORTAL, FAR, account=OTHER, is_known=True), "who gets there is not known"),
        (into(PORTAL, "broken", TrustedKind.UNREADABLE, outcome=Outcome.UNKNOWN), "its trust policy does not parse"),
        (
            into(PORTAL, FAR, account=OTHER, outcome=Outcome.CONDITIONAL, condition_keys=("sts:externalid",)),
            "sts:externalid",
        ),
    ],
)
def test_whoever_gets_there_stands_with_what_is_known_of_it(
    client: TestClient, engine: Engine, entry: Entry, said: str
) -> None:
    with engine.begin() as connection:
        stream, portal = watched(connection, entry)

    assert said in shown(client, f"/streams/{stream}")
    assert said in shown(client, f"/principals/{portal}")


def test_each_role_on_the_way_is_a_link_with_its_account(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, OTHER, name="retail")
        far = make_principal(connection, "Far", OTHER)
        anna = make_principal(connection, "anna", OTHER, kind="user")
        stream, portal = watched(connection, into(PORTAL, FAR, account=OTHER, is_known=True))
        by_anna = into(FAR, f"arn:aws:iam::{OTHER}:user/anna", account=OTHER, is_known=True)
        store_entries(connection, OTHER, [by_anna], inputs=b"", accounts={OTHER}, now=NOW)

    page = shown(client, f"/streams/{stream}")
    line = page.partition(f'href="/principals/{anna}"')[2].partition("</li>")[0]

    assert f'href="/principals/{far}"' in line
    assert "retail" in line
    assert f'href="/principals/{portal}"' in line
    assert "Which roles it may assume" in client.get(f"/principals/{anna}").text
    with engine.begin() as connection:
        store_matrix(connection, OTHER, [], [], evaluator=1, inputs=b"x", now=NOW)
    said = "It may watch 0 streams and channels itself; it may also assume 1 role, listed below."
    assert said in client.get(f"/principals/{anna}").text
    assert f'href="/principals/{far}"' in client.get(f"/principals/{anna}").text


def test_nobody_is_said_only_where_it_was_computed(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream, portal = watched(connection)
    before = shown(client, f"/streams/{stream}")
    with engine.begin() as connection:
        store_entries(connection, CLINIC, [], inputs=b"", accounts={CLINIC}, now=NOW)

    assert "Who may assume 1 role or user on the way is not computed" in before
    assert "Nobody: whoever may watch is granted it directly." not in before
    assert "Nobody: whoever may watch is granted it directly." in shown(client, f"/streams/{stream}")
    page = shown(client, f"/principals/{portal}")
    assert "No role lets it in." in page
    assert "not computed" not in page


def test_nobody_is_said_of_no_stream_that_no_inventory_holds(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        watched(connection, into(PORTAL, "*", TrustedKind.EVERYONE))
        ghost = dimension(
            connection, "stream", account_id=CLINIC, region="eu-central-1", kind="stream", name="ghost", arn=None
        )
        other = make_stream(connection, "yard")

    assert "Not known: no inventory holds this stream" in shown(client, f"/streams/{ghost}")
    assert "Nobody: no one may watch it." in shown(client, f"/streams/{other}")


def test_a_role_elsewhere_that_trusts_anybody_is_among_those_that_one_may_assume(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        watched(connection, into(PORTAL, "*", TrustedKind.EVERYONE))
        make_account(connection, OTHER, name="partner")
        bob = make_principal(connection, "Bob", account_id=OTHER)

    page = shown(client, f"/principals/{bob}")
    assert "trusts anybody" in page
    assert "nobody asked yet whether" in page
    assert "Who may assume the roles of partner is not computed." in page


def test_a_role_elsewhere_that_trusts_anybody_is_left_out_where_the_own_policies_were_asked(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        watched(connection, into(PORTAL, "*", TrustedKind.EVERYONE))
        make_account(connection, OTHER, name="partner")
        bob = make_principal(connection, "Bob", account_id=OTHER)
        store_part(connection, OTHER, "iam", "", Iam((), ()), NOW)
        everyone = into(PORTAL, "*", TrustedKind.EVERYONE)
        store_entries(connection, CLINIC, [everyone], inputs=b"", accounts={CLINIC, OTHER}, now=NOW)

    assert "trusts anybody" not in client.get(f"/principals/{bob}").text


def test_a_circle_of_roles_is_said_to_end_there(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream, portal = watched(
            connection,
            into(PORTAL, HALL, account=CLINIC, is_known=True),
            into(HALL, PORTAL, account=CLINIC, is_known=True),
        )

    said = "ends in a circle: Hall may be assumed by Portal again"
    assert said in shown(client, f"/streams/{stream}")
    assert said in shown(client, f"/principals/{portal}")


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        (f"arn:aws:iam::{CLINIC}:role/service/Portal", "Portal"),
        (f"arn:aws:sts::{CLINIC}:assumed-role/Ops/alice", "Ops/alice"),
        (f"arn:aws:iam::{CLINIC}:oidc-provider/oidc.eks.example.com/id/AB", "oidc.eks.example.com/id/AB"),
        (f"arn:aws:iam::{CLINIC}:root", "root"),
        ("ecs-tasks.amazonaws.com", "ecs-tasks.amazonaws.com"),
    ],
)
def test_a_name_keeps_what_tells_it_from_others(arn: str, told: str) -> None:
    assert short(arn) == told


def test_a_role_that_lets_in_nobody_who_is_there_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        _, portal = watched(connection)
        store_entries(connection, CLINIC, [], inputs=b"", accounts={CLINIC}, now=NOW)
        store_part(connection, CLINIC, "iam", "", Iam((iam.role(arn=PORTAL, name="Portal"),), ()), NOW)

    assert "Nobody gets in: whom it names" in shown(client, f"/principals/{portal}")


def test_a_stream_of_an_account_never_evaluated_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "gate")

    assert "Not known: the account" in shown(client, f"/streams/{stream}")


def test_hostile_names_stay_text(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream, _ = watched(connection, into(PORTAL, "<script>alert(1)</script>", TrustedKind.SERVICE))

    page = shown(client, f"/streams/{stream}")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_what_is_too_much_to_show_is_counted_and_paper_has_less(client: TestClient, engine: Engine) -> None:
    many = [into(PORTAL, f"s{number}.example.com", TrustedKind.SERVICE) for number in range(45)]
    with engine.begin() as connection:
        stream, portal = watched(connection, *many)

    for path in (f"/streams/{stream}", f"/streams/{stream}/review", f"/principals/{portal}"):
        page = client.get(path).text
        assert "5 more are not shown." in page
        assert (page.count('<li class="brk">'), page.count('<li class="brk no-print">')) == (12, 28)
        assert "40 shown" not in page
        assert f'<p class="small paper">28 more ways are listed at {path}.</p>' in page
    # 12 on paper, 28 at the address, 5 nowhere.
    assert "Who gets to watch through a role <small>45 ways</small>" in client.get(f"/streams/{stream}").text


def test_few_ways_are_all_on_paper(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream, _ = watched(connection, into(PORTAL, "s.example.com", TrustedKind.SERVICE))

    assert "listed at" not in shown(client, f"/streams/{stream}")


def who_may(client: TestClient, stream: int) -> str:
    text = client.get(f"/streams/{stream}").text
    return text.partition("<h2>Who may ")[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([into(PORTAL, "*", TrustedKind.EVERYONE)], "Anybody"),
        (
            [into(PORTAL, HALL, account=CLINIC, is_known=True), into(HALL, "ec2.amazonaws.com", TrustedKind.SERVICE)],
            "Hall, ec2.amazonaws.com by Hall",
        ),
        ([into(PORTAL, f"s{n}.example.com", TrustedKind.SERVICE) for n in range(5)], "s1.example.com and 3 more"),
        (
            [
                *(into(PORTAL, each, account=CLINIC, is_known=True) for each in (FAR, HALL)),
                into(HALL, FAR, account=OTHER, is_known=True),
                into(HALL, "ec2.amazonaws.com", TrustedKind.SERVICE),
            ],
            "Far, Hall and 1 more",
        ),
        (
            [
                into(PORTAL, HALL, account=CLINIC, is_known=True),
                into(PORTAL, HALL.replace(str(CLINIC), str(OTHER)), account=OTHER, is_known=True),
            ],
            f"Hall in {OTHER}, Hall in clinic-video",
        ),
    ],
)
def test_whoever_may_has_who_gets_there_through_it(
    client: TestClient, engine: Engine, entries: list[Entry], said: str
) -> None:
    with engine.begin() as connection:
        stream, _ = watched(connection, *entries)

    assert re.search(rf'role; through it <a href="#through"><bdi>[^<]*{re.escape(said)}</bdi>', who_may(client, stream))
    assert 'id="through"' in client.get(f"/streams/{stream}").text


def test_who_gets_in_through_a_role_that_nobody_looked_at_is_not_known(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream, _ = watched(connection)

    assert "it is not known who" in who_may(client, stream)


def test_nobody_gets_in_through_a_role_that_is_closed(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream, _ = watched(connection)
        store_entries(connection, CLINIC, [], inputs=b"", accounts={CLINIC}, now=NOW)

    assert "role; nobody is known to get into it</span>" in who_may(client, stream)
