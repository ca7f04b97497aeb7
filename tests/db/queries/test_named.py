"""What ids stand for: names as records had them, and the page of a stream that was named by its name alone."""

from sqlalchemy import Connection

from app.db.queries.named import Ids, Named, Principal, Stream, named
from tests.builders.accounts import CLINIC
from tests.builders.calls import dimension, make_principal, make_stream, stream_arn


def test_each_kind_of_id_has_its_names(connection: Connection) -> None:
    gate, role = make_stream(connection, "gate"), make_principal(connection, "Analyst")
    bare = dimension(
        connection, "stream", account_id=CLINIC, region="eu-central-1", kind="stream", name="gate", arn=None
    )
    action = dimension(connection, "action", source="kinesisvideo.amazonaws.com", name="GetMedia")
    region = dimension(connection, "region", name="eu-central-1")
    agent = dimension(connection, "user_agent", value="vlc\u202e")
    found = named(connection, Ids({CLINIC, 7}, {action}, {region}, {gate, bare}, {role}, {agent}))
    assert found == Named(
        accounts={CLINIC: "clinic-video"},
        actions={action: ("kinesisvideo.amazonaws.com", "GetMedia")},
        regions={region: "eu-central-1"},
        streams={
            gate: Stream("stream", "gate", stream_arn(connection, gate), gate),
            bare: Stream("stream", "gate", None, gate),
        },
        principals={role: Principal(f"arn:aws:iam::{CLINIC}:role/Analyst", "Analyst", CLINIC)},
        user_agents={agent: "vlc\u202e"},
    )


def test_id_0_is_nothing_but_a_region_without_a_name(connection: Connection) -> None:
    assert named(connection, Ids((), (), {0}, {0}, {0}, {0})) == Named(regions={0: ""})


def test_a_name_that_no_stream_bears_is_a_page_of_its_own(connection: Connection) -> None:
    key = {"account_id": CLINIC, "region": "eu-central-1", "kind": "stream", "arn": None}
    gone = dimension(connection, "stream", name="gone", **key)
    assert named(connection, Ids(streams={gone})).streams == {gone: Stream("stream", "gone", None, gone)}
