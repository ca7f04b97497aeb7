from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.builders.accounts import make_account
from tests.builders.sessions import ISSUED_AT, KEY, LONG_TERM, issued, store_issued

FAR = "arn:aws:iam::111122223333:role/Far"


def test_sessions_are_followed_from_key_to_key_and_refusals_stand_among_them(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
        onward = issued(1, caller_key=KEY, access_key="ASIAFAR", role_arn=FAR, session_name="<b>far")
        refused = issued(2, caller_key=KEY, access_key=None, role_arn=FAR, error_code="AccessDenied")
        circle = issued(3, caller_key="ASIAFAR", access_key=LONG_TERM, event_time=ISSUED_AT + timedelta(minutes=9))
        store_issued(connection, [issued(0), onward, refused, circle])
    page = client.get(f"/keys/{LONG_TERM}").text.partition("Assumed with it")[2].partition("</section>")[0]
    assert f'href="/sessions/{KEY}"' in page
    assert '<span class="muted">→</span> <a href="/sessions/ASIAFAR">' in page
    assert "111122223333 · session &lt;b&gt;far · AssumeRole · through a session of this one" in page
    assert '<span class="badge bad"><bdi>AccessDenied</bdi></span>' in page
    assert page.count("<tr>") == 1 + 4


def test_that_none_is_recorded_says_what_is_not_kept(client: TestClient, engine: Engine):
    with engine.begin() as connection:
        make_account(connection)
    page = client.get(f"/keys/{LONG_TERM}").text
    assert (
        "No record tells of a role that was assumed with it. GetSessionToken and GetFederationToken are not kept."
        in page
    )
