"""Which rows of the dimension are one stream: calls name it by its ARN, or in their parameters by its name alone.

Most management calls have the name alone, and are calls on the stream that bears it in their account and Region. Where
a stream was deleted and one of that name made, they are of each when calls on it are asked for, and of one (`own_of`)
when each call counts once: never of none.
"""

_SAME = "(n.account_id, n.region, n.kind, n.name) = (s.account_id, s.region, s.kind, s.name)"

_MADE = "cast(substring(s.arn from '/([0-9]{1,18})$') as bigint)"
"""When a stream was made, in milliseconds: the end of its ARN."""


def with_namesakes(streams: str) -> str:
    """Return the select of the ids that the select `streams` gives, and of what bears a name of one of them alone."""
    return f"""with asked as materialized ({streams})
               select id from asked union
               select n.id from stream s join stream n on {_SAME} and n.arn is null
               where s.id in (select id from asked) and s.arn is not null"""


def with_own_names(streams: str) -> str:
    """Return the select of the ids that the select `streams` gives, and of what bears a name that is of these alone.

    It is for what is not asked about: a call by name that may be on another stream stays.
    """
    return f"""with named as materialized ({streams})
               select id from named union
               select n.id from stream s join stream n on {_SAME} and n.arn is null
               where s.id in (select id from named) and s.arn is not null and not exists (
                 select from stream s where {_SAME} and s.arn is not null and s.id not in (select id from named))"""


def alike(stream: str) -> str:
    """Return the select of the ids that may be the stream of the id `stream`; of one without an ARN all of its name."""
    return f"""select n.id from stream s join stream n on {_SAME}
               where s.id = {stream} and (n.id = s.id or n.arn is null or s.arn is null)"""


def has_own(stream: str) -> str:
    """Return the condition that a row of the name alone, called `stream`, is a stream whose ARN is known."""
    return f"""exists (select from stream s where s.arn is not null and (s.account_id, s.region, s.kind, s.name)
                 = ({stream}.account_id, {stream}.region, {stream}.kind, {stream}.name))"""


def own_of(what: str = "true") -> str:
    """Return the select of (id, own) of each row `n` without an ARN that fulfils `what`: `own` is that with one.

    Of several it is the one that is there now, else one that was listed, else that made last by its ARN: a caller may
    send any ARN, and old records come after new ones.
    """
    return f"""select distinct on (n.id) n.id, s.id as own
               from stream n join stream s on {_SAME} and s.arn is not null
                 left join stream_state t on t.account_id = s.account_id and t.stream_id = s.id
               where n.arn is null and n.id <> 0 and {what}
               order by n.id, t.stream_id is null, t.removed_at is not null, {_MADE} desc nulls last, s.id desc"""


def one_of_name() -> str:
    """Return the select of (id, own) of each row without an ARN: what counts for a stream, or for all of its name."""
    return f"""select * from ({own_of()}) of_stream
               union all
               select id, min(id) over (partition by name) from stream unnamed
               where arn is null and id <> 0 and not {has_own("unnamed")}"""
