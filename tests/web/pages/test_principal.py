"""`/principals/{id}`."""

import re
from datetime import UTC, datetime, time, timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, Engine, text
from starlette.testclient import TestClient

from app.core.model.event import Actor, ActorKind
from app.core.model.grant import Grant, Outcome
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import AccessKey, Iam, Principal, PrincipalKind
from app.core.normalise import access_change
from app.core.parts import AccessKeys
from app.core.query.moment import iso
from app.db.queries.entries import store_entries
from app.db.queries.grants import store_matrix
from app.db.queries.snapshots import store_part
from app.web.pages import principal
from tests.builders import events
from tests.builders.accounts import CLINIC, NOW, make_account, make_part
from tests.builders.calls import dimension, make_calls, make_principal, make_stream, stream_arn
from tests.builders.estate import LEGACY
from tests.builders.events import EVENT, change, event, store
from tests.builders.findings import make_finding
from tests.builders.past import BEFORE, CHANGED, FIRST, NEW, READER, THEN, evaluate, make_past, poll, role
from tests.builders.review import make_reviewed
from tests.builders.sessions import USER, issued, store_issued

ROLE = f"arn:aws:iam::{CLINIC}:role/Analyst"
TRUST = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}'


def _store(connection: Connection, *principals: Principal) -> None:
    store_part(connection, CLINIC, "iam", "", Iam(tuple(principals), ()), NOW)


def _role(**changes: object) -> Principal:
    trust = PolicyDocument(PolicyKind.TRUST, "trust", TRUST)
    values: dict[str, object] = {"trust": trust, "attached": ("arn:aws:iam::aws:policy/ReadOnlyAccess",)} | changes
    return Principal(ROLE, PrincipalKind.ROLE, "Analyst", "/", "AROA", NOW, **values)


@pytest.mark.parametrize("path", ["/principals/999", "/principals/0", "/principals/99999999999999"])
def test_an_unknown_principal_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_streams_that_were_never_listed_are_not_no_streams(client: TestClient, engine: Engine) -> None:
    problem = {"policy": "Broken", "message": "line 3: no JSON", "principal": ROLE}
    with engine.begin() as connection:
        make_account(connection)
        make_part(connection, "streams", region="eu-central-1", state="denied", seen_at=None)
        who = make_principal(connection, "Analyst")
        make_calls(connection, "GetMedia", 3, principal_id=who, stream_id=make_stream(connection, "ward-1"))
        store_matrix(connection, CLINIC, (), (problem,), evaluator=1, inputs=b"", now=NOW)
    page = client.get(f"/principals/{who}").text
    assert "The streams of its account were never listed" in page
    assert "may watch 0" not in page
    assert "not granted now" not in page
    assert "Broken: line 3: no JSON" in page
    row = client.get("/principals").text.partition(">Analyst</bdi></a>")[2].partition("</tr>")[0]
    assert "not evaluated" in row


def test_its_grants_stand_with_outcome_conditions_and_use(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/principals/{estate['clinic-video/HlsPortal']}").text
    assert "conditional" in page
    assert '<td class="opt mono brk"><bdi>aws:sourcevpce</bdi></td>' in page
    assert '<span class="sub only-phone brk">on condition of <bdi>aws:sourcevpce</bdi></span></th>' in page
    assert "It may watch 12 streams and channels." in page
    assert f'<dt>Account</dt><dd><a href="/accounts/{CLINIC}"><bdi>clinic-video</bdi></a>' in page
    assert "cell=" in page


def test_an_unknown_outcome_stands_beside_the_allowed_one(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/principals/{estate['clinic-video/AuditReadOnly']}").text
    assert 'aria-label="GetMedia: unknown"' in page
    assert 'aria-label="GetMedia: granted, unused (95 % or more observed)"' in page
    assert 'aria-label="DeleteStream: denied"' in page


def test_not_evaluated_is_not_nothing_granted(client: TestClient, estate: dict[str, int]) -> None:
    page = client.get(f"/principals/{estate['legacy-cams/VideoAnalyst']}").text
    assert "The policies of this account were not read yet" in page
    assert "None of the 46 actions" not in page


def test_none_is_no_number_where_nobody_could_look(client: TestClient, engine: Engine, estate: dict[str, int]) -> None:
    role = f"arn:aws:iam::{LEGACY}:role/VideoAnalyst"
    with engine.begin() as connection:
        every = (stream_arn(connection, estate["old-0"]),)
        grants = [Grant(role, name, Outcome.ALLOW, every) for name in ("GetMedia", "DescribeStream", "GetDataEndpoint")]
        store_matrix(connection, LEGACY, grants, (), evaluator=1, inputs=b"", now=NOW)
        who, stream = estate["legacy-cams/VideoAnalyst"], estate["old-0"]
        make_calls(connection, "GetDataEndpoint", 3, account_id=LEGACY, principal_id=who, stream_id=stream)
    page = client.get(f"/principals/{who}?from=now-30d").text
    assert "None of the time could be observed." in page
    media = re.search(r">GetMedia</th>.*?</tr>", page)[0]
    assert re.findall(r'<td class="num">(?:<[^>]+>|<svg.*?</svg>)*([^<]+)<', media) == ["not observable"] * 2
    assert (
        '<td class="num">0</td><td class="num"><span class="muted">not seen<'
        in re.search(r">DescribeStream</th>.*?</tr>", page)[0]
    )
    assert '<td class="num"><a href="/events' in re.search(r">GetDataEndpoint</th>.*?</tr>", page)[0]


def test_who_may_become_it_is_its_trust_policy(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "Analyst")
        _store(connection, _role())
    page = client.get(f"/principals/{who}").text
    assert "ecs-tasks.amazonaws.com" in page
    assert "arn:aws:iam::aws:policy/ReadOnlyAccess" in page


def test_a_trust_policy_that_does_not_parse_is_shown_as_it_is(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "Analyst")
        _store(connection, _role(trust=PolicyDocument(PolicyKind.TRUST, "trust", "{<b>broken")))
    assert "{&lt;b&gt;broken" in client.get(f"/principals/{who}").text


def test_keys_lead_to_their_pages(client: TestClient, engine: Engine) -> None:
    user = f"arn:aws:iam::{CLINIC}:user/cam"
    key = AccessKey("AKIAIOSFODNN7EXAMPLE", True, NOW - timedelta(days=1126))
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "cam", kind="user")
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(((user, (key,)),)), NOW)
    page = client.get(f"/principals/{who}").text
    assert 'href="/keys/AKIAIOSFODNN7EXAMPLE"' in page
    assert "active, 1126 d old · never used" in page


def test_the_sessions_that_it_called_with_stand_there(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0), event(1, access_key="ASIAQ4EXAMPLE0000002")])
        who = dimension(connection, "principal", account_id=CLINIC, arn=EVENT.actor.principal)
    page = client.get(f"/principals/{who}").text.partition("Called with")[2]
    assert page.index("/sessions/ASIAQ4EXAMPLE0000002") < page.index(f"/sessions/{EVENT.access_key}")


def test_keys_that_were_not_read_are_not_none(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "cam", kind="user")
    assert "Its access keys were not read." in client.get(f"/principals/{who}").text
    with engine.begin() as connection:
        # A reading from before the user was there.
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(()), NOW)
    for path in (f"/principals/{who}", f"/principals/{who}?at=now", f"/principals/{who}/stop"):
        page = client.get(path).text
        assert "Its access keys were not read." in page
        assert "It has no access key." not in page


def test_what_it_called_is_listed_by_stream_with_failures(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who, stream = make_principal(connection, "Analyst"), make_stream(connection, "ward-1")
        make_calls(connection, "GetMedia", 47, principal_id=who, stream_id=stream, errors=46)
    page = client.get(f"/principals/{who}").text
    assert f'href="/streams/{stream}"' in page
    failed = '<span class="sub only-phone">46 failed</span></td><td class="num opt">46</td>'
    assert re.search(rf'<td class="num"><a href="/events\?[^"]+">47</a>{failed}', page)
    assert "It was seen to read media 1 time (whole days, 08-25 to 11-23 UTC)." in page


def test_on_a_phone_refused_calls_do_not_look_like_reads(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who, stream = make_principal(connection, "Analyst"), make_stream(connection, "ward-1")
        make_calls(connection, "GetMedia", 4, principal_id=who, stream_id=stream, errors=4)
    page = client.get(f"/principals/{who}").text.partition("<h2>Last calls ")[2].partition("</section>")[0]
    assert '>4</a><span class="sub only-phone">all failed</span></td>' in page


def test_its_first_sentence_says_which_days_it_counted(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "Analyst")
        make_calls(connection, "GetMedia", 86, datetime(2026, 11, 21, 3, tzinfo=UTC), principal_id=who)
    of_a_day = client.get(f"/principals/{who}?from=2026-11-21T05:00Z&to=2026-11-21T22:00Z").text
    assert "It was seen to read media 86 times (the whole day 11-21 UTC)." in of_a_day
    of_two = client.get(f"/principals/{who}?from=2026-11-22T05:00Z&to=2026-11-23T05:00Z").text
    assert "It was not seen to read media (whole days, 11-22 to 11-23 UTC)." in of_two


def test_one_that_only_calls_named_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = dimension(connection, "principal", account_id=0, arn="AWS Service", kind="service", name="<b>svc")
        make_calls(connection, "GetMedia", 1, principal_id=who)
    page = client.get(f"/principals/{who}").text
    assert "no listing of IAM knows it" in page
    assert "<b>svc" not in page


def test_findings_about_it_stand_there(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "Analyst")
        found = make_finding(connection, ROLE)
    assert f'href="/findings/{found}"' in client.get(f"/principals/{who}").text


def test_changes_of_its_permissions_stand_with_who_made_them_and_lead_to_the_event(
    client: TestClient, engine: Engine
) -> None:
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    changes = [
        change(1, "AttachRolePolicy", "role/analyst", policy.lower()),
        change(2, "PutRolePolicy", "role/analyst", "policy/watch", error_code="AccessDenied"),
        change(3, "CreatePolicyVersion", policy.lower()),
        change(4, "PutRolePolicy", "role/another"),
    ]
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "Analyst")
        _store(connection, _role())
        store(connection, changes)
        make_part(connection, "streams", region="eu-central-1")
        store_matrix(connection, CLINIC, (), (), evaluator=1, inputs=b"", now=NOW)
    section = (
        client.get(f"/principals/{who}").text.partition("Changes of its permissions")[2].partition("</section>")[0]
    )
    lines = section.split("<tr>")[2:]
    assert ["CreatePolicyVersion" in lines[0], "denied" in lines[1], "readonlyaccess" in lines[2]] == [True] * 3
    assert "policy/watch" in lines[1]
    assert re.search(r'<bdi>sync-job-7</bdi> as <a href="/principals/\d+"><bdi>ArchiveReader</bdi></a>', lines[2])
    assert "role/another" not in section
    href = section.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    drawer = client.get(href).text
    assert "may watch nothing now<" in drawer
    assert f'href="/principals/{who}"' in drawer
    with engine.begin() as connection:
        make_part(connection, "streams", region="eu-west-1", state="denied", seen_at=None)
    assert "may watch nothing now; what there is in eu-west-1 was never listed<" in client.get(href).text


def test_of_an_account_that_nobody_watches_no_change_could_be_seen(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "Stranger", account_id=212445363595)
    page = client.get(f"/principals/{who}").text
    assert "and none could be: its account is not watched." in page


def test_no_change_seen_is_not_said_to_be_none(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "Analyst")
    page = client.get(f"/principals/{who}").text
    assert "No change was seen in" in page
    assert "Whether calls are logged is not known." in page
    assert "us-east-1" in page
    assert "Its own policies, groups" not in page


def test_since_when_it_may_is_told_by_the_readings_and_its_creation(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_reviewed(connection)
        who = connection.execute(text("select id from principal where name = 'Analyst'")).scalar_one()
    told = (
        "Its own policies, groups and boundary: the same in every reading of kvswatch since its first, "
        "2026-11-23 09:41Z; what it was before is not known. It was created on 2025-10-19."
    )
    assert told in client.get(f"/principals/{who}").text
    assert "AWS answered its first" not in client.get(f"/principals/{who}").text
    with engine.begin() as connection:
        for action, days in (("PutMedia", 300), ("GetClip", 200), ("GetMedia", 1)):
            make_calls(connection, action, 1, NOW - timedelta(days=days), principal_id=who)
    first = f"AWS answered its first known read of media, GetClip, on {NOW - timedelta(days=200):%Y-%m-%d}."
    assert f"2025-10-19. {first}" in client.get(f"/principals/{who}").text
    assert "Its own policies, groups" not in client.get(f"/principals/{who}?at=now-1m").text


@pytest.fixture
def past(engine: Engine) -> dict[str, int]:
    """The ids of the roles of an account that changed, by name."""
    make_past(engine)
    noon = datetime.combine(THEN.date(), time(12), UTC)
    with engine.begin() as connection:
        made = [
            change(n, "AttachRolePolicy", access_change.folded(READER), event_time=noon + timedelta(hours=n))
            for n in range(2)
        ]
        store(connection, made)
        return dict(connection.exec_driver_sql("select name, id from principal").all())


def test_as_of_a_time_a_role_might_do_what_was_granted_then(client: TestClient, past: dict[str, int]) -> None:
    then, now = (client.get(f"/principals/{past['Reader']}{at}").text for at in (f"?at={iso(THEN)}", ""))
    assert "It might watch 2 streams and channels." in then
    assert "It may watch 1 stream or channel." in now
    assert "2 streams</span>" in then
    assert "both times the same; nobody looked in between." in then
    assert f"/matrix?account={CLINIC}&amp;principal=" in then
    assert f"&amp;at={quote(iso(THEN))}" in then
    assert "is not computed: the page of each says who might." in then


def test_before_iam_was_read_its_policies_had_not_been_read_then(client: TestClient, engine: Engine) -> None:
    make_past(engine)
    with engine.begin() as connection:
        earlier = "update snapshot set valid_from = %s where part = 'streams' and valid_from = %s"
        connection.exec_driver_sql(earlier, (BEFORE, FIRST))
        who = connection.exec_driver_sql("select id from principal where name = 'Reader'").scalar_one()
    page = client.get(f"/principals/{who}?at={iso(BEFORE)}").text
    assert "The policies of this account had not been read then, so nothing can be said about what it might do." in page
    assert "were not read yet" not in page


def test_as_of_a_time_a_role_that_is_gone_since_was_there(client: TestClient, past: dict[str, int]) -> None:
    then, now = (client.get(f"/principals/{past['Gone']}{at}").text for at in (f"?at={iso(THEN)}", ""))
    assert ("gone since" in now, "gone since" in then) == (True, False)
    assert "GetClip" in then


@pytest.mark.parametrize(
    ("name", "at", "said"),
    [
        pytest.param("New", THEN, "It was not there then, by the listing of IAM.", id="not there yet"),
        pytest.param("New", BEFORE, "It was not known then: IAM was not read.", id="nothing read yet"),
        pytest.param("Gone", CHANGED, "It was not there then, by the listing of IAM.", id="gone"),
    ],
)
def test_who_was_not_there_is_told_from_whom_nobody_had_read(
    client: TestClient, past: dict[str, int], name: str, at: datetime, said: str
) -> None:
    page = client.get(f"/principals/{past[name]}?at={iso(at)}").text
    assert said in page
    assert "None of the 46 actions" not in page
    assert "<dt>Listed</dt><dd>not " in page


def test_as_of_a_time_only_changes_before_it_stand_there(client: TestClient, past: dict[str, int]) -> None:
    noon = datetime.combine(THEN.date(), time(12, 30), UTC)
    then, now = (client.get(f"/principals/{past['Reader']}{at}").text for at in (f"?at={iso(noon)}", ""))
    assert (then.count(">AttachRolePolicy<"), now.count(">AttachRolePolicy<")) == (1, 2)


def test_the_last_use_of_what_it_may_is_no_refused_call(client: TestClient, engine: Engine) -> None:
    answered, refused = NOW - timedelta(hours=9), NOW - timedelta(hours=8)
    with engine.begin() as connection:
        make_account(connection)
        calls = [event(1, event_time=answered), event(2, event_time=refused, error_code="AccessDenied")]
        store(connection, [*calls, event(3, action="GetMedia", event_time=refused, error_code="AccessDenied")])
        store_matrix(connection, CLINIC, (), (), evaluator=1, inputs=b"", now=NOW)
        who = connection.execute(text("select principal_id from event limit 1")).scalar_one()
    may = client.get(f"/principals/{who}").text.partition("What it may do")[2].partition("</section>")[0]
    assert iso(answered)[:16] in may
    assert iso(refused)[:16] not in may


def test_where_a_region_was_never_listed_nobody_is_said_to_be_granted_nothing(
    client: TestClient, engine: Engine
) -> None:
    make_past(engine, is_iam_first=True)
    with engine.begin() as connection:
        poll(connection, NOW, [role(NEW)], ())
        make_part(connection, "channels", region="eu-west-1", state="denied", seen_at=None)
        who = connection.exec_driver_sql("select id from principal where arn = %s", (NEW,)).scalar_one()
    evaluate(engine)
    page = client.get(f"/principals/{who}").text
    assert "None of the 46 actions" not in page
    assert (
        "No action of Kinesis Video Streams is known to be granted to it; what there is in eu-west-1 was never" in page
    )
    with engine.begin() as connection:
        connection.exec_driver_sql("delete from part where region = 'eu-west-1'")
    assert "None of the 46 actions" in client.get(f"/principals/{who}").text


def test_of_an_account_that_is_not_read_the_roles_that_it_took_stand_there(client: TestClient, engine: Engine) -> None:
    stranger = Actor(ActorKind.ACCOUNT, "account/222233334444/AROASTRANGER", 222233334444)
    with engine.begin() as connection:
        make_account(connection)
        took = issued(caller=stranger, caller_key=None)
        refused = issued(1, caller=stranger, caller_key=None, access_key=None, error_code="AccessDenied")
        store_issued(connection, [took, refused])
        ident = dimension(connection, "principal", arn=stranger.principal)
        role = dimension(connection, "principal", arn=events.ROLE)
    page = client.get(f"/principals/{ident}").text
    row = page.partition("Which roles it took")[2].partition("</table>")[0]
    assert f'<a href="/principals/{role}"><bdi>ArchiveReader</bdi></a>' in row
    assert '<td class="num">2</td><td class="num opt">1</td>' in row
    assert "Not known: the permissions of its account are not read." in page
    assert "No role lets it in." not in page
    facts = page.partition("<dt>Account</dt>")[2].partition("</dd>")[0]
    assert facts.count("222233334444") == 1


def test_a_role_that_took_none_says_what_that_rests_on(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        role = make_principal(connection, "Reader")
    page = client.get(f"/principals/{role}").text
    assert "No record tells of a role that it took. Where trails log writes alone there is none." in page
    assert f'<span class="muted">{CLINIC}</span>' in page


def test_of_what_no_listing_knows_it_is_not_said_that_no_role_lets_it_in(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0)])
        store_entries(connection, CLINIC, [], inputs=b"x", accounts={CLINIC}, now=NOW)
        role = dimension(connection, "principal", arn=events.ROLE)
    page = client.get(f"/principals/{role}").text
    assert "Not known: no listing of IAM knows it." in page
    assert "No role lets it in." not in page


def test_of_many_roles_taken_those_of_the_newest_calls_stand(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(principal, "MOST_TAKEN", 2)
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(n, access_key=f"ASIA{n}") for n in range(3)])
        user = dimension(connection, "principal", arn=USER)
    assert "By its newest 2 AssumeRole calls." in client.get(f"/principals/{user}").text


def test_a_call_that_was_corrected_leaves_the_note_of_what_is_not_listed(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(principal, "MOST_TAKEN", 2)
    with engine.begin() as connection:
        make_account(connection)
        at = NOW - timedelta(minutes=1)
        corrected = issued(2, event_time=at, addendum_of=issued(1).event_id)
        store_issued(connection, [issued(role_arn=f"{events.ROLE}-2"), issued(1, event_time=at), corrected])
        user = dimension(connection, "principal", arn=USER)
    assert "By its newest 2 AssumeRole calls." in client.get(f"/principals/{user}").text


def test_what_aws_services_take_for_others_is_not_listed(client: TestClient, engine: Engine) -> None:
    service = Actor(ActorKind.SERVICE, "lambda.amazonaws.com", None)
    with engine.begin() as connection:
        make_account(connection)
        store_issued(connection, [issued(caller=service, caller_key=None)])
        ident = dimension(connection, "principal", arn=service.principal)
    assert "An AWS service takes roles for others. They are not listed" in client.get(f"/principals/{ident}").text
