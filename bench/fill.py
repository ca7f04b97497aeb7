"""Fill a database with calls of 90 days: dimensions, events, raw records of some, rollups, grants.

Few streams are busy, most principals are devices that send, each principal makes a few kinds of calls; management
calls name half of the streams by their names alone. A million calls take about half a minute. `python -m bench.fill URL
EVENTS` fills a migrated database.
"""

import sys
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from app.core.kvs.actions import EVENT_SOURCE, IN_MATRIX_ORDER, Logging
from app.db.engine import create_engine
from app.db.queries import hours
from app.db.queries.stored_events import FACETS
from app.web.series import ACTIONS_OF

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
DAYS = 90
FIRST_ACCOUNT = 310045578800
ACCOUNTS, STREAMS, PRINCIPALS, ADDRESSES = 20, 2_000, 2_300, 5_000
RARE = PRINCIPALS
"""The principal that called on the first of the days alone: some four times of ten millions."""
PEOPLE = 50
"""Of so many principals one has a person behind it, whose name ends in its number."""


def fill(engine: Engine, events: int, *, batch: int = 250_000, principals: int = PRINCIPALS) -> None:
    """Fill an empty, migrated database; of more `principals` than usual the others call nothing."""
    with engine.begin() as connection:
        _dimensions(connection, principals)
        _months(connection)
        _grants(connection)
    for start in range(0, events, batch):
        with engine.begin() as connection:
            _events(connection, start, min(batch, events - start), events)
    with engine.begin() as connection:
        _rollups(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")


def _dimensions(connection: Connection, principals: int) -> None:
    # Colons in text are escaped: SQLAlchemy takes what follows one for a parameter.
    connection.execute(
        text(r"""insert into account (account_id, name, kind, role_arn, regions, source, added_at)
                 select :first + n, 'cams-' || n, 'member',
                        'arn\:aws\:iam\:\:' || (:first + n) || '\:role/kvswatch-member',
                        '{eu-central-1}', 'organization', :now from generate_series(0, :accounts - 1) n"""),
        {"first": FIRST_ACCOUNT, "accounts": ACCOUNTS, "now": NOW},
    )
    for number, action in enumerate(IN_MATRIX_ORDER, 1):
        connection.execute(
            text("insert into action (id, source, name) values (:id, :source, :name)"),
            {"id": number, "source": EVENT_SOURCE, "name": action.name},
        )
    connection.execute(text("insert into region (id, name) values (1, 'eu-central-1'), (2, 'us-east-1')"))
    connection.execute(
        text(r"""insert into stream (id, account_id, region, kind, name, arn)
                 select n, account, 'eu-central-1', 'stream', 'cam-' || n,
                        'arn\:aws\:kinesisvideo\:eu-central-1\:' || account || '\:stream/cam-' || n || '/17190'
                 from (select n, :first + n % :accounts as account from generate_series(1, :streams) n) streams"""),
        {"first": FIRST_ACCOUNT, "accounts": ACCOUNTS, "streams": STREAMS},
    )
    connection.execute(
        text("""insert into stream (id, account_id, region, kind, name)
                select :streams + id, account_id, region, kind, name from stream where id > 0"""),
        {"streams": STREAMS},
    )
    connection.execute(
        text("""insert into stream_state (account_id, stream_id, region, kind, name, status, created_at,
                  retention_hours, tags, seen_at)
                select account_id, id, region, kind, name, 'ACTIVE', :since, 168, '{}', :now from stream
                where arn is not null"""),
        {"since": NOW - timedelta(days=2 * DAYS), "now": NOW},
    )
    connection.execute(
        text(r"""insert into principal (id, account_id, arn, kind, name)
                 select n, account, 'arn\:aws\:iam\:\:' || account || '\:role/role-' || n, 'role', 'role-' || n
                 from (select n, :first + n % :accounts as account from generate_series(1, :principals) n) roles"""),
        {"first": FIRST_ACCOUNT, "accounts": ACCOUNTS, "principals": principals},
    )
    connection.execute(
        text("""insert into principal_state (account_id, principal_id, kind, name, path, tags, seen_at)
                select account_id, id, 'role', name, '/', '{}', :now from principal where id > 0"""),
        {"now": NOW},
    )
    connection.execute(
        text("""insert into user_agent (id, value)
                select n, 'Boto3/1.44.' || n || ' md/Botocore#1.44.' || n from generate_series(1, 200) n""")
    )


def _months(connection: Connection) -> None:
    for day in range(0, DAYS + 31, 28):
        month = (NOW - timedelta(days=day)).date()
        for table in ("event", "event_raw", "issued_session"):
            connection.execute(text("select ensure_month(:table, :month)"), {"table": table, "month": month})


def _grants(connection: Connection) -> None:
    connection.execute(
        text("""insert into resource_set (account_id, hash, stream_ids, is_wildcard, n)
                select account_id, sha256('all'), array_agg(id), false, count(*) from stream
                where arn is not null group by account_id"""),
    )
    connection.execute(
        text(r"""insert into access_grant (account_id, principal_id, action, outcome, condition_keys, resource_set)
                select p.account_id, p.id, a.name,
                       (array['allow', 'allow', 'allow', 'conditional', 'deny'])[1 + (p.id + a.id) % 5],
                       case when (p.id + a.id) % 5 <> 3 then cast('{}' as text[]) when p.id % 3 = 0
                         then '{"aws\:sourceip"}' else '{"aws\:principaltag/team","aws\:sourceip"}' end,
                       sha256('all')
                from (select *, case when id % 10 < 7 then 9 else id * 7 % 46 end as usual from principal) p, action a
                where p.id > 0 and a.id > 0 and (a.id + 460 - p.usual) % 46 < 9""")
    )
    connection.execute(
        text("""insert into matrix_state (account_id, evaluated_at, evaluator, input_hash, principals, problems)
                select account_id, :now, 'bench', sha256('x'), 0, '[]' from account"""),
        {"now": NOW},
    )


def _events(connection: Connection, start: int, count: int, total: int) -> None:
    connection.execute(
        text("""insert into event (account_id, event_time, event_id, action_id, region_id, stream_id, principal_id,
                  user_agent_id, access_key, key_kind, actor_kind, session_name, person, address, error_code,
                  is_data_event, url_expires_s)
                select :first + s % :accounts, at, gen_random_uuid(), a, 1,
                       case when a = any(:management) and s % 2 = 0 then :streams + s else s end, callers.p,
                       1 + floor(power(random(), 3) * 200)::int, 'ASIA' || lpad((n / 50)::text, 16, '0'), 'temporary',
                       'role', 'session-' || n % 97, case when callers.p % :people = 0 then 'person-' || callers.p end,
                       '10.' || floor(power(random(), 2) * 20)::int || '.' || s % 250 || '.7',
                       error, a <> all(:management),
                       case when a = any(:urls) and error is null then least(43200, 300 / (1.0001 - random())) end
                from (select n, 1 + floor(power(random(), 2) * :streams)::int as s,
                        :now - make_interval(secs => (n::float8 / :total) * 86400 * :days) as at,
                        case when random() < 0.02 then 'AccessDeniedException' end as error
                      from generate_series(cast(:start as bigint), cast(:start + :count - 1 as bigint)) n) calls,
                  lateral (select 1 + ((s + floor(power(random(), 3) * 100)::int * :accounts - 1) % :principals) as p
                          ) drawn,
                  lateral (select case when drawn.p = :rare and n < :total * 0.999 then 1 else drawn.p end as p
                          ) callers,
                  lateral (select 1 + ((case when callers.p % 10 < 7 then 8 else callers.p * 7 end)
                             + floor(power(random(), 4) * 6)::int) % 46 as a) actions"""),
        {
            "first": FIRST_ACCOUNT,
            "accounts": ACCOUNTS,
            "streams": STREAMS,
            "principals": PRINCIPALS,
            "rare": RARE,
            "people": PEOPLE,
            "now": NOW - timedelta(seconds=1),
            "start": start,
            "count": count,
            "total": total,
            "days": DAYS,
            "management": [n for n, action in enumerate(IN_MATRIX_ORDER, 1) if action.logging is Logging.MANAGEMENT],
            "urls": [n for n, action in enumerate(IN_MATRIX_ORDER, 1) if action.name in ACTIONS_OF["url"]],
        },
    )


ROLLUPS = (
    f"insert into roll_hour ({hours.COLUMNS}) {hours.rolled_up('event')} order by 2",
    """insert into roll_day select account_id, stream_id, event_time::date, principal_id, action_id, count(*),
         count(error_code), min(event_time), max(event_time) from event group by 1, 2, 3, 4, 5
       order by 3""",
    """insert into roll_use select account_id, principal_id, action_id, min(event_time), max(event_time), count(*)
       from event where error_code is null group by 1, 2, 3""",
    "insert into roll_dim (account_id, day, kind, value, n, errors) "
    + " union all ".join(
        f"""select account_id, day, '{kind}', value::text, n, errors
            from (select account_id, event_time::date as day, {value} as value, count(*) as n,
                    count(error_code) as errors
                  from event group by 1, 2, 3) {kind} where value is not null"""
        for kind, value in FACETS.items()
    )
    + " order by 2",
)
"""In the order in which calls come to a running kvswatch: rows of one week lie side by side."""


def _rollups(connection: Connection) -> None:
    for statement in ROLLUPS:
        connection.execute(text(statement))


if __name__ == "__main__":
    fill(create_engine(sys.argv[1]), int(sys.argv[2]))
