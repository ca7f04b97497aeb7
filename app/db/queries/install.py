"""What names this installation, the same on every machine that shares its database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.db.sql import text


@dataclass(frozen=True, slots=True)
class Install:
    """`id` marks our own calls in CloudTrail; `external_id` is what our roles' trust policies ask for."""

    id: str
    external_id: str


def settle(connection: Connection, proposed: Install, now: datetime) -> Install:
    """Return the installation's names: `proposed` when none were settled before."""
    connection.execute(
        text("""insert into install (id, external_id, made_at) values (:id, :external_id, :now)
                on conflict do nothing"""),
        {"id": proposed.id, "external_id": proposed.external_id, "now": now},
    )
    row = connection.execute(text("select id, external_id from install")).mappings().one()
    return Install(**row)


def installed(connection: Connection) -> Install | None:
    """Return the installation's names; None before they were settled at its first start."""
    row = connection.execute(text("select id, external_id from install")).mappings().one_or_none()
    return None if row is None else Install(**row)
