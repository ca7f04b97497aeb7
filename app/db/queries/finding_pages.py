"""What the list of findings shows beyond single rows: the worst of each rule, and how each rule went over time."""

from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.core.query.filter import Filter
from app.db.queries.evaluation import COLUMNS, finding_of
from app.db.queries.findings import FindingRow, finding_where
from app.db.sql import text


def top_of_each_rule(
    connection: Connection, scope: Scope, query: Filter, each: int
) -> dict[str, tuple[FindingRow, ...]]:
    """Return the worst findings of every rule that `query` means, at most `each` of one rule, newest proof first."""
    where = finding_where(scope, query)
    rows = connection.execute(
        text(f"""
          with ranked as (
            select finding.*, row_number() over (partition by rule order by
              array_position(array['critical', 'high', 'medium', 'low', 'info'], severity),
              last_seen_at desc, account_id, id) as place
            from finding where {where.sql})
          select {COLUMNS}, (select name from account a where a.account_id = ranked.account_id) as account_name
          from ranked where place <= {each:d} order by rule, place"""),
        where.params,
    )
    found: dict[str, list[FindingRow]] = {}
    for row in rows:
        found.setdefault(row.rule, []).append(FindingRow(row.id, finding_of(row), row.account_name, row.rule_version))
    return {rule: tuple(listed) for rule, listed in found.items()}


def subject_places(connection: Connection, scope: Scope, arns: tuple[str, ...]) -> dict[str, str]:
    """Return the page of each ARN that is a stream or principal here."""
    values = {"arns": list(arns), "all": scope.accounts is None, "accounts": sorted(scope.accounts or ())}
    rows = connection.execute(
        text("""select arn, '/streams/' || id as path from stream
                where arn = any(:arns) and (:all or account_id = any(:accounts))
                union all
                select arn, '/principals/' || id from principal
                where arn = any(:arns) and (:all or account_id = any(:accounts))"""),
        values,
    )
    return {row.arn: row.path for row in rows}
