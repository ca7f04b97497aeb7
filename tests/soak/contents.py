"""What must be the same after any number of kills, as text that can be compared and read."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Engine, text

# Names instead of ids: those depend on what was seen first.
QUESTIONS: Mapping[str, str] = {
    "event": """
        select e.account_id, e.event_time, e.event_id, a.source, a.name, r.name, s.name, p.arn, e.is_own
        from event e join action a on a.id = e.action_id join region r on r.id = e.region_id
        left join stream s on s.id = e.stream_id left join principal p on p.id = e.principal_id""",
    "event_raw": "select account_id, event_time, event_id from event_raw",
    "issued_session": """
        select i.account_id, i.event_time, i.event_id, p.arn, i.access_key from issued_session i
        left join principal p on p.id = i.role_id""",
    "rejected_record": "select account_id, origin, place, reason from rejected_record",
    "log_file": """
        select account_id, origin, read_sha256, read_problem, changed_sha256, digest, listed_sha256, listed_algorithm,
          is_missing, number from log_file""",
    "digest": "select account_id, origin, chain, sha256, problem, is_damaged, verdict, why from digest",
    "integrity_hour": """
        select account_id, region, starts_at, ends_at, folder, chain, trail, verdict, why, digest, files
        from integrity_hour""",
    "integrity_break": "select account_id, origin, kind, at, what from integrity_break",
    "roll_hour": """
        select h.account_id, h.day, a.name, h.n, h.errors, h.hourly, h.hourly_errors
        from roll_hour h join action a on a.id = h.action_id""",
    "roll_day": """
        select d.account_id, d.day, s.name, p.arn, a.name, d.n, d.errors, d.first_seen, d.last_seen
        from roll_day d join action a on a.id = d.action_id
        left join stream s on s.id = d.stream_id left join principal p on p.id = d.principal_id""",
    "roll_use": """
        select u.account_id, p.arn, a.name, u.first_at, u.last_at, u.n from roll_use u
        join action a on a.id = u.action_id join principal p on p.id = u.principal_id""",
    "roll_dim": "select account_id, day, kind, count(*), sum(n), sum(errors) from roll_dim group by 1, 2, 3",
    "account": "select account_id, name, kind, removed_at from account",
    "part": "select account_id, part, region, state, missing from part",
    "snapshot": "select account_id, part, region, encode(content_hash, 'hex'), valid_to is null from snapshot",
    "stream_state": "select account_id, region, kind, name, status, removed_at from stream_state",
    "principal_state": "select account_id, kind, name, removed_at from principal_state",
    "access_grant": """
        select g.account_id, p.arn, g.action, g.outcome, g.condition_keys from access_grant g
        join principal p on p.id = g.principal_id""",
    "finding": "select account_id, id, rule, region, subject, severity, state, message from finding",
    "finding_change": "select account_id, finding_id, from_state, to_state, by from finding_change",
    "cannot_tell": "select account_id, rule, region, subject, reason from cannot_tell",
    "judged_day": "select account_id, day from judged_day",
    "touched_hour": "select account_id, hour from touched_hour",
    "feed": """
        select account_id, source, region, owner, attempts, last_error, next_at <= last_success_at as due from feed""",
}

Contents = Mapping[str, Counter[str]]


def contents(engine: Engine) -> Contents:
    """Return the rows of every question."""
    with engine.connect() as connection:
        return {
            name: Counter(str(tuple(row)) for row in connection.execute(text(question)))
            for name, question in QUESTIONS.items()
        }


def differences(disturbed: Contents, undisturbed: Contents) -> list[str]:
    """Return each row that only one of them has, as a line."""
    return [
        f"{sign} {name} {row} x{n}"
        for name in QUESTIONS
        for sign, rows in (
            ("doubled or wrong:", disturbed[name] - undisturbed[name]),
            ("lost:", undisturbed[name] - disturbed[name]),
        )
        for row, n in rows.items()
    ]


def faults(engine: Engine) -> list[str]:
    """Return what is wrong within one database: sums that are not those of its events, hours left unjudged."""
    checks = {
        "raw records without or beside events": """
            select count(*) from event full join event_raw using (account_id, event_time, event_id)
            where event.action_id is null or event_raw.raw is null""",
        "hourly rollups unlike the events": """
            select count(*) from
              (select account_id, date_trunc('hour', event_time) as hour, action_id, count(*) as n from event
               where superseded_by is null group by 1, 2, 3) as e
              full join (select account_id, day + make_interval(hours => cast(h as integer) - 1) as hour, action_id,
                           each.n
                         from roll_hour, unnest(hourly) with ordinality as each (n, h) where each.n <> 0) as h
                using (account_id, hour, action_id) where e.n is distinct from h.n""",
        "daily rollups unlike the events": """
            select count(*) from
              (select account_id, stream_id, (event_time at time zone 'UTC')::date as day, principal_id, action_id,
                 count(*) as n, min(event_time) as first_seen, max(event_time) as last_seen
               from event where superseded_by is null group by 1, 2, 3, 4, 5) as e
              full join roll_day d using (account_id, stream_id, day, principal_id, action_id)
            where (e.n, e.first_seen, e.last_seen) is distinct from (d.n, d.first_seen, d.last_seen)""",
        "uses unlike the events": """
            select count(*) from
              (select account_id, principal_id, action_id, min(event_time) as first_at, max(event_time) as last_at,
                 count(*) as n
               from event where error_code is null and principal_id <> 0 and superseded_by is null
               group by 1, 2, 3) as e
              full join roll_use u using (account_id, principal_id, action_id)
            where (e.first_at, e.last_at, e.n) is distinct from (u.first_at, u.last_at, u.n)""",
        "hours left unjudged": "select count(*) from touched_hour",
        "hours that wait for log files that were read": """
            select count(*) from integrity_hour h where why like '%not read yet' and not exists (
              select from log_file f where f.account_id = h.account_id and f.digest = h.digest
                and (read_sha256 is null or is_new))""",
        "two current versions of a part": """
            select count(*) from (select 1 from snapshot where valid_to is null
            group by account_id, part, region having count(*) > 1) as twice""",
        "findings whose history ends in another state": """
            select count(*) from finding f where state is distinct from
              (select to_state from finding_change c where c.account_id = f.account_id and c.finding_id = f.id
               order by c.id desc limit 1)""",
    }
    with engine.connect() as connection:
        counted = {name: connection.execute(text(question)).scalar_one() for name, question in checks.items()}
    return [f"{name}: {n}" for name, n in counted.items() if n]
