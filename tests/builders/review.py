"""A stream of which somebody may view, somebody may write, and somebody did who may not any more."""

from datetime import timedelta

from sqlalchemy import Connection

from app.core.model.event import Actor, ActorKind
from app.core.model.grant import Grant, Outcome
from app.core.model.principal import Iam, Principal, PrincipalKind
from app.db.queries.grants import store_matrix
from app.db.queries.snapshots import store_part
from app.db.queries.stream_pages import StreamRow
from tests.builders.accounts import CLINIC, NOW
from tests.builders.calls import make_principal
from tests.builders.statement import make_looked_at, make_reads, read_of

ROLE = f"arn:aws:iam::{CLINIC}:role"
POLICY = "arn:aws:iam::aws:policy/P"
CREATED = NOW - timedelta(days=400)


def make_reviewed(connection: Connection) -> StreamRow:
    """Insert a stream that Analyst may view, Filmer may write, and Former viewed."""
    row = make_looked_at(connection)
    arn = row.arn or ""
    for name in ("Analyst", "Filmer", "Former", "Nobody"):
        make_principal(connection, name)
    grants = [
        Grant(f"{ROLE}/Analyst", "GetClip", Outcome.CONDITIONAL, (arn,), ("aws:sourceip",)),
        Grant(f"{ROLE}/Filmer", "PutMedia", Outcome.ALLOW, (arn,)),
        Grant(f"{ROLE}/Nobody", "GetClip", Outcome.DENY, (arn,)),
    ]
    store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"x", now=NOW)
    principals = tuple(
        Principal(
            f"{ROLE}/{name}", PrincipalKind.ROLE, name, "/", name, CREATED, attached=("arn:aws:iam::aws:policy/P",)
        )
        for name in ("Analyst", "Filmer")
    )
    store_part(connection, CLINIC, "iam", "", Iam(principals, ()), NOW)
    former = Actor(ActorKind.ROLE, f"{ROLE}/Former", CLINIC)
    make_reads(connection, read_of(row, actor=former), read_of(row, 1, actor=former, error_code="AccessDenied"))
    return row
