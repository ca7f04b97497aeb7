"""On how many streams and channels each cell of the matrix holds, where that is not all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from app.core.kvs.actions import ACTIONS, Action
from app.core.matrix.then import Thens
from app.core.model.grant import Outcome
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind
from app.core.query.filter import Filter
from app.db.queries.event_filter import Where, add_conditions, in_scope
from app.db.queries.narrowed_streams import arns_within, narrowed_streams
from app.db.queries.principal_pages import ids_of
from app.db.sql import text

_ACTIONS, _OUTCOMES = tuple(ACTIONS), tuple(Outcome)


@dataclass(frozen=True, slots=True)
class MatrixStreams:
    """How many streams and channels there are, and on how many a cell holds.

    `there` is by account; `some` by account and principal, then by action and outcome: only where it is not all.
    """

    there: Mapping[int, Mapping[ResourceKind, int]]
    some: Mapping[tuple[int, int], Mapping[tuple[str, Outcome], int]]

    def taken(self, account: int, action: Action) -> int:
        """Return how many streams and channels of an account an action could be called on."""
        there = self.there.get(account, {})
        streams = there.get(ResourceKind.STREAM, 0) if action.on_stream else 0
        channels = there.get(ResourceKind.CHANNEL, 0) if action.on_channel else 0
        return streams + channels


def matrix_streams(connection: Connection, scope: Scope, query: Filter) -> MatrixStreams:
    """Return on how many of the streams that `query` narrows to the cells of its matrix hold."""
    where = Where()
    in_scope(where, scope)
    add_conditions(connection, where, query.of("account"))
    streams = narrowed_streams(connection, scope, query)
    narrowed = None if streams is None else f"any(cast({where.name(streams)} as integer[]))"
    listed = f"""select account_id, count(*) filter (where kind = 'stream') as streams,
                   count(*) filter (where kind = 'channel') as channels
                 from stream_state where removed_at is null and {where.sql}
                   {f"and stream_id = {narrowed}" if narrowed else ""} group by 1"""
    size = f"(select count(*) from unnest(stream_ids) id where id = {narrowed})" if narrowed else "n"
    # A line a principal: ten times as many, one a cell, take a second of a large account. Sets of all that there is,
    # which are most, are left out before the grants are read.
    sql = f"""with listed as ({listed}),
              part as materialized (
                select s.*, l.streams, l.channels from listed l join (
                  select account_id, hash, {size} as n from resource_set where not is_wildcard and {where.sql}) s
                  on s.account_id = l.account_id and s.n > 0 and s.n < l.streams + l.channels)
              select g.account_id, g.principal_id,
                array_agg(cast(a.place as integer)) as actions,
                array_agg(array_position(cast(:outcomes as text[]), g.outcome)) as outcomes, array_agg(p.n) as counts
              from (select * from access_grant where {where.sql}) g
              join part p on p.account_id = g.account_id and p.hash = g.resource_set
              join unnest(cast(:actions as text[]), cast(:on_stream as integer[]), cast(:on_channel as integer[]))
                with ordinality a (name, on_stream, on_channel, place) on a.name = g.action
              where p.n < a.on_stream * p.streams + a.on_channel * p.channels
              group by 1, 2"""
    params = {
        "actions": list(_ACTIONS),
        "outcomes": list(_OUTCOMES),
        "on_stream": [int(action.on_stream) for action in ACTIONS.values()],
        "on_channel": [int(action.on_channel) for action in ACTIONS.values()],
    }
    rows = connection.execute(text(sql), where.params | params)
    some = {(row.account_id, row.principal_id): _counted(row.actions, row.outcomes, row.counts) for row in rows}
    there = {
        row.account_id: {ResourceKind.STREAM: row.streams, ResourceKind.CHANNEL: row.channels}
        for row in connection.execute(text(listed), where.params)
    }
    return MatrixStreams(there, some)


def matrix_streams_then(connection: Connection, scope: Scope, query: Filter, thens: Thens) -> MatrixStreams:
    """Return what `matrix_streams` does, of the streams and grants as of a time."""
    there: dict[int, Mapping[ResourceKind, int]] = {}
    some: dict[tuple[int, int], Mapping[tuple[str, Outcome], int]] = {}
    for account, then in thens.items():
        within = arns_within(connection, scope, query, account, thens)
        listed = [one for one in then.snapshot.streams if within is None or one.arn in within]
        there[account] = {kind: sum(one.kind is kind for one in listed) for kind in ResourceKind}
        counts = then.counts(within)
        ids = ids_of(connection, scope.narrowed(frozenset({account})), counts)
        streams = MatrixStreams(there, {})
        taken = {name: streams.taken(account, action) for name, action in ACTIONS.items()}
        for arn, own in counts.items():
            part = {key: n for key, n in own.items() if 0 < n < taken[key[0]]}
            if part and arn in ids:
                some[account, ids[arn]] = part
    return MatrixStreams(there, some)


def _counted(actions: list[int], outcomes: list[int], counts: list[int]) -> dict[tuple[str, Outcome], int]:
    """Return the sum of each action and outcome, which are given by their places, counted from 1.

    Grants of one outcome that differ in their keys are on different streams.
    """
    found: dict[tuple[str, Outcome], int] = {}
    for action, outcome, count in zip(actions, outcomes, counts, strict=True):
        key = _ACTIONS[action - 1], _OUTCOMES[outcome - 1]
        found[key] = found.get(key, 0) + count
    return found
