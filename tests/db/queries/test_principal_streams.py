"""What one principal is granted and did on each stream."""

from datetime import timedelta

from sqlalchemy import Engine, text

from app.core.matrix.cells import BIT
from app.core.model.grant import Grant, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import parse
from app.core.query.listing import MATRIX
from app.db.queries.grants import store_matrix
from app.db.queries.matrix import Use
from app.db.queries.principal_streams import (
    granted_alike,
    principals_called,
    streams_there,
    united,
    united_keys,
    used_on,
)
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_calls, make_principal, make_stream, stream_arn

STRANGER = Scope(frozenset({1}))
QUERY = parse([], MATRIX, NOW).filter
ROLE = f"arn:aws:iam::{CLINIC}:role/Analyst"
READ, CLIP, LIST = BIT["GetMedia"], BIT["GetClip"], BIT["ListStreams"]


def test_grants_come_by_set_of_streams_and_uses_by_stream(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        who = make_principal(connection, "Analyst")
        door, hall, gone = (make_stream(connection, name) for name in ("door", "hall", "gone"))
        arns = tuple(sorted(stream_arn(connection, ident) for ident in (door, hall)))
        grants = [
            Grant(ROLE, "GetMedia", Outcome.ALLOW, arns),
            Grant(ROLE, "GetClip", Outcome.ALLOW, arns),
            Grant(ROLE, "PutMedia", Outcome.CONDITIONAL, arns[:1], ("aws:sourceip",)),
            Grant(ROLE, "PutMedia", Outcome.CONDITIONAL, arns[1:], ("aws:sourcevpc",)),
            Grant(ROLE, "ListStreams", Outcome.ALLOW, ("*",)),
            Grant(f"{ROLE}2", "DeleteStream", Outcome.ALLOW, arns),
        ]
        store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"x", now=NOW)
        make_calls(connection, "GetMedia", 3, principal_id=who, stream_id=door)
        make_calls(connection, "GetClip", 3, principal_id=who, stream_id=gone, at=NOW - timedelta(days=2))
        make_calls(connection, "GetClip", 3, principal_id=who, stream_id=hall, errors=3)
        make_calls(connection, "GetClip", 3, principal_id=who, stream_id=hall, at=NOW - timedelta(days=60))
        connection.execute(text("update stream_state set removed_at = now() where stream_id = :id"), {"id": gone})

        granted = {
            one.streams and frozenset(one.streams): one for one in granted_alike(connection, EVERYTHING, CLINIC, who)
        }
        assert granted[frozenset({door, hall})].outcomes == {Outcome.ALLOW: READ | CLIP}
        assert granted[None].outcomes == {Outcome.ALLOW: LIST}
        keys = {one.keys["PutMedia"] for one in granted.values() if "PutMedia" in one.keys}
        assert keys == {("aws:sourceip",), ("aws:sourcevpc",)}
        assert united_keys(one.keys for one in granted.values()) == {"PutMedia": ("aws:sourceip", "aws:sourcevpc")}
        assert united(one.outcomes for one in granted.values())["allow"] == READ | CLIP | LIST
        used = used_on(connection, EVERYTHING, QUERY, CLINIC, who)
        ago = NOW.date() - timedelta(days=2)
        assert used == {
            door: {"GetMedia": Use(3, NOW.date(), NOW.date())},
            gone: {"GetClip": Use(3, ago, ago)},
        }
        assert list(streams_there(connection, EVERYTHING, CLINIC, used, None)) == [door, gone, hall]
        assert list(streams_there(connection, EVERYTHING, CLINIC, (), None)) == [door, hall]
        assert list(streams_there(connection, EVERYTHING, CLINIC, used, [gone])) == [gone]
        assert principals_called(connection, EVERYTHING, ROLE) == principals_called(connection, EVERYTHING, "Analyst")
        assert principals_called(connection, EVERYTHING, "Analyst") == (who,)

        assert granted_alike(connection, STRANGER, CLINIC, who) == ()
        assert used_on(connection, STRANGER, QUERY, CLINIC, who) == {}
        assert streams_there(connection, STRANGER, CLINIC, used, None) == {}
        assert principals_called(connection, STRANGER, ROLE) == ()
