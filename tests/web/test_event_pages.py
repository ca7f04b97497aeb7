from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.db.queries import events
from app.web.event_pages import pages_of
from tests.builders.accounts import make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.events import CLINIC, NOW, ROLE, event, store

STRANGER = ROLE.replace(str(CLINIC), "771400253968")


def test_what_a_call_names_has_its_page(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        gate = make_stream(connection, "gate")
        arn = stream_arn(connection, gate)
        actor = event().actor
        elsewhere = type(actor)(actor.kind, STRANGER, 771400253968, "sync-job-7")
        store(
            connection,
            [
                event(0, stream=arn, address="198.51.100.204"),
                event(1, stream="gate", actor=elsewhere),
                event(2, stream=None, address=None, access_key=None),
                event(3, stream="never-listed"),
            ],
        )
        rows = events.event_page(connection, EVERYTHING, parse([], EVENTS, NOW).filter).rows
    newest, by_name, of_elsewhere, by_arn = (pages_of(row, Scope(frozenset({CLINIC}))) for row in rows)
    assert by_arn["stream"] == f"/streams/{gate}"
    assert by_arn["principal"] == f"/principals/{rows[3].principal_id}"
    assert by_arn["address"] == "/addresses/198.51.100.204"
    assert by_arn["key"].startswith("/sessions/")
    # A stream that is named by its name alone has the page of the one that bears it.
    assert of_elsewhere["stream"] == f"/streams/{gate}"
    assert of_elsewhere["principal"] == ""
    assert pages_of(rows[2], EVERYTHING)["principal"] == f"/principals/{rows[2].principal_id}"
    assert (by_name["stream"], by_name["address"], by_name["key"]) == ("", "", "")
    assert newest["stream"] == f"/streams/{rows[0].stream_id}" != f"/streams/{gate}"
