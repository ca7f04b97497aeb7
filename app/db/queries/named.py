"""What the ids of a page's rows stand for.

One small statement for all of them, whose plan the server keeps. A statement about a table of many months is planned
anew each time, and half a dozen joins in it take longer to plan than a page of events to read.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection

from app.db.queries.namesakes import own_of
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class Stream:
    """A row of the dimension; `own` is the id of the page of the stream, also where the row has its name alone."""

    kind: str
    name: str
    arn: str | None
    own: int


@dataclass(frozen=True, slots=True)
class Principal:
    """A row of the dimension; `account` is 0 where none is known."""

    arn: str
    name: str
    account: int


@dataclass(slots=True)
class Ids:
    """What is asked for. Id 0 stands for "none", and for nothing else."""

    accounts: Collection[int] = ()
    actions: Collection[int] = ()
    regions: Collection[int] = ()
    streams: Collection[int] = ()
    principals: Collection[int] = ()
    user_agents: Collection[int] = ()


@dataclass(slots=True)
class Named:
    """What was found, by id. An account that is not onboarded has no name; an action is its source and its name."""

    accounts: dict[int, str] = field(default_factory=dict)
    actions: dict[int, tuple[str, str]] = field(default_factory=dict)
    regions: dict[int, str] = field(default_factory=dict)
    streams: dict[int, Stream] = field(default_factory=dict)
    principals: dict[int, Principal] = field(default_factory=dict)
    user_agents: dict[int, str] = field(default_factory=dict)


_NAMED = f"""
select 'account' as of, account_id as id, name, null as other, null as arn, cast(null as bigint) as number
from account where account_id = any(:accounts)
union all select 'action', id, name, source, null, null from action where id = any(:actions)
union all select 'region', id, name, null, null, null from region where id = any(:regions)
union all select 'user_agent', id, value, null, null, null from user_agent where id = any(:user_agents) and id <> 0
union all select 'principal', id, name, null, arn, account_id from principal where id = any(:principals) and id <> 0
union all select 'stream', one.id, name, kind, arn, coalesce(own, one.id)
from stream one left join lateral ({own_of("n.id = one.id")}) o on arn is null
where one.id = any(:streams) and one.id <> 0"""


def named(connection: Connection, ids: Ids) -> Named:
    """Return what `ids` stand for. They come from rows that the caller was let see."""
    found = Named()
    asked = {
        "accounts": ids.accounts,
        "actions": ids.actions,
        "regions": ids.regions,
        "streams": ids.streams,
        "principals": ids.principals,
        "user_agents": ids.user_agents,
    }
    for of, number, name, other, arn, third in connection.execute(
        text(_NAMED), {part: sorted(numbers) for part, numbers in asked.items()}
    ):
        match of:
            case "account":
                found.accounts[number] = name
            case "action":
                found.actions[number] = other, name
            case "region":
                found.regions[number] = name
            case "user_agent":
                found.user_agents[number] = name
            case "principal":
                found.principals[number] = Principal(arn, name, third)
            case _:
                found.streams[number] = Stream(other, name, arn, third)
    return found
