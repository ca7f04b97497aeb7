"""The dimension's ids of principals, whoever names them first: a poll, an event or a policy."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from app.core.arn import parsed
from app.db.sql import text


def ids_of_arns(connection: Connection, account_id: int, arns: Sequence[str]) -> dict[str, int]:
    """Return the dimension's id of each principal of which nothing is known but its ARN."""
    return principal_ids(
        connection, account_id, [(arn, _kind(arn), arn.rpartition("/")[2].rpartition(":")[2]) for arn in arns]
    )


def principal_ids(connection: Connection, account_id: int, given: Iterable[tuple[str, str, str]]) -> dict[str, int]:
    """Return the dimension's id of each (ARN, kind, name), made where it is new."""
    columns = list(zip(*given, strict=True)) or [(), (), ()]
    arns, kinds, names = map(list, columns)
    connection.execute(
        text("""insert into principal (account_id, arn, kind, name)
                select :account_id, arn, kind, name
                from unnest(cast(:arns as text[]), cast(:kinds as text[]), cast(:names as text[]))
                  as given (arn, kind, name)
                where not exists (select from principal p where p.account_id = :account_id and p.arn = given.arn)
                order by arn on conflict do nothing"""),
        {"account_id": account_id, "arns": arns, "kinds": kinds, "names": names},
    )
    rows = connection.execute(
        text("select id, arn from principal where account_id = :account_id and arn = any(:arns)"),
        {"account_id": account_id, "arns": arns},
    )
    return {row.arn: row.id for row in rows}


def _kind(arn: str) -> str:
    parts = parsed(arn)
    return parts.resource.partition("/")[0] if parts else "unknown"
