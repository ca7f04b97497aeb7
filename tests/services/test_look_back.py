"""Of an account as it was: what was read then, and as of now exactly what is stored of now."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from app.core.errors import InvalidInput
from app.core.kvs.actions import ACTIONS, MEDIA_READ
from app.core.matrix.then import Thens
from app.core.model.event import Actor, ActorKind
from app.core.model.grant import Known
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import Filter, parse
from app.core.query.listing import GRANTS, MATRIX
from app.core.query.moment import iso
from app.db.queries import grants, matrix_cell, matrix_streams, principal_pages
from app.db.queries.narrowed_streams import arns_within
from app.services import look_back as module
from app.services.export_grants import AS_OF
from app.services.export_grants import grants as exported
from app.services.look_back import TooMuch, look_back, look_back_on
from app.services.read_matrix import Matrix, matrix_of, read_matrix
from tests.builders import iam
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.events import event, store
from tests.builders.past import (
    BEFORE,
    BETWEEN,
    CHANGED,
    GATE,
    GONE,
    NEW,
    READER,
    THEN,
    YARD,
    evaluate,
    make_past,
    poll,
    reader,
    role,
    tagged,
)


def asked(question: str = "", at: datetime | None = None, *, now: datetime = NOW) -> Filter:
    pairs = parse_qsl(question) + ([("at", iso(at))] if at else [])
    answer = parse(pairs, MATRIX, now)
    assert answer.problems == ()
    return answer.filter


def cells(found: Matrix) -> dict[str, str]:
    """Return the letters of each principal that are not empty, with the action of each."""
    return {
        row.principal.name: " ".join(
            f"{action}={cell}" for action, cell in zip(found.columns, row.cells, strict=True) if cell != "."
        )
        for row in found.rows
        if row.principal.kind != "root"
    }


@pytest.fixture
def past(engine: Engine) -> Engine:
    make_past(engine)
    return engine


def test_each_time_has_what_was_granted_then(past: Engine) -> None:
    with past.connect() as connection:
        found = {at: cells(read_matrix(connection, EVERYTHING, asked(at=at))) for at in (THEN, BETWEEN, CHANGED)}
        before = read_matrix(connection, EVERYTHING, asked(at=BEFORE))
    assert found[THEN] == found[BETWEEN] == {"Reader": "GetMedia=B", "Gone": "GetClip=B"}
    assert found[CHANGED] == {"Reader": "GetMedia=B", "New": "PutMedia=B"}
    assert before.rows == ()


def test_a_stream_that_was_gone_by_then_is_found_by_the_tags_that_it_had(past: Engine) -> None:
    with past.begin() as connection:
        gone = Actor(ActorKind.ROLE, GONE, CLINIC)
        store(connection, [event(stream=YARD, actor=gone, event_time=THEN - timedelta(hours=1))])
        north = {at: cells(read_matrix(connection, EVERYTHING, asked("tag=site:north", at))) for at in (THEN, NOW)}
    assert north[NOW] == {"Gone": "GetClip=R"}
    assert set(north[THEN]) == {"Reader", "Gone"}


def test_streams_and_tags_are_those_of_then(past: Engine) -> None:
    with past.connect() as connection:
        now, then = look_back(connection, EVERYTHING, CLINIC, NOW), look_back(connection, EVERYTHING, CLINIC, THEN)
        north, south = (
            cells(read_matrix(connection, EVERYTHING, asked(f"tag=site:{site}", THEN))) for site in ("north", "south")
        )
        held = matrix_streams.matrix_streams_then(connection, EVERYTHING, asked(at=THEN), {CLINIC: then})
    assert (READER in then.holders(YARD, MEDIA_READ), now.holders(YARD, MEDIA_READ)) == (True, {})
    assert (then.may(READER, MEDIA_READ), now.may(READER, MEDIA_READ)) == (Known(2), Known(1))
    assert (north["Gone"], south) == ("GetClip=B", {})
    assert held.taken(CLINIC, ACTIONS["GetMedia"]) == 2
    assert [count for own in held.some.values() for count in own.values()] == [1]


def test_who_was_there_then_is_not_called_removed(past: Engine) -> None:
    with past.connect() as connection:
        rows = read_matrix(connection, EVERYTHING, asked(at=THEN)).rows
    assert [row.principal.is_removed for row in rows if row.principal.arn == GONE] == [False]


@pytest.mark.parametrize(("hours", "letter"), [(-1, "B"), (1, "U")], ids=["before the call", "after it"])
@pytest.mark.parametrize("narrowed", ["", "stream=gate"])
def test_a_call_after_the_time_is_no_use(past: Engine, hours: int, letter: str, narrowed: str) -> None:
    noon = datetime.combine(THEN.date(), time(12), UTC)
    called = {"action": "GetMedia", "stream": GATE, "actor": replace(event().actor, principal=READER)}
    with past.begin() as connection:
        refused = event(1, event_time=noon - timedelta(hours=3), error_code="AccessDenied", **called)
        store(connection, [refused, event(2, event_time=noon, **called)])
        query = asked(narrowed, noon + timedelta(hours=hours))
        thens = look_back_on(connection, EVERYTHING, query)
        found = cells(matrix_of(connection, EVERYTHING, query, thens))
        ident = principal_pages.ids_of(connection, EVERYTHING, [READER])[READER]
        use = matrix_cell.cell_use(connection, EVERYTHING, query, CLINIC, ident, "GetMedia", thens)
    assert found["Reader"] == f"GetMedia={letter}"
    assert (use.calls, use.errors) == ((1, 1) if hours < 0 else (2, 1))


def test_what_was_used_before_and_after_the_range_is_told_from_what_was_used_in_it(past: Engine) -> None:
    noon = datetime.combine(THEN.date(), time(12), UTC)
    called = {"action": "GetMedia", "stream": GATE, "actor": replace(event().actor, principal=READER)}
    days = f"from={iso(noon - timedelta(days=2))}"
    with past.begin() as connection:
        store(connection, [event(n, event_time=noon + timedelta(hours=n * 72), **called) for n in (-1, 1)])
    with past.connect() as connection:
        assert cells(read_matrix(connection, EVERYTHING, asked(days, noon)))["Reader"] == "GetMedia=B"
    with past.begin() as connection:
        store(connection, [event(2, event_time=noon - timedelta(hours=1), **called)])
    with past.connect() as connection:
        assert cells(read_matrix(connection, EVERYTHING, asked(days, noon)))["Reader"] == "GetMedia=U"


STATEMENTS = st.lists(
    st.builds(
        lambda make, action, resource, more: make(f"kinesisvideo:{action}", resource, **more),
        st.sampled_from([iam.allow, iam.deny]),
        st.sampled_from(["GetMedia", "Get*", "PutMedia", "*", "ListStreams"]),
        st.sampled_from(["*", GATE, f"{YARD[:-4]}*"]),
        st.sampled_from(
            [
                {},
                {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}},
                {"Condition": {"StringEquals": {"aws:ResourceTag/site": "north"}}},
            ]
        ),
    ),
    min_size=1,
    max_size=3,
)


@given(first=STATEMENTS, second=STATEMENTS)
@settings(
    max_examples=6,
    phases=[Phase.generate],  # each example is a poll and an evaluation: too slow to shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_as_of_now_everything_is_as_it_is_stored(
    past: Engine, first: list[dict[str, object]], second: list[dict[str, object]]
) -> None:
    with past.begin() as connection:
        newest: datetime = connection.exec_driver_sql("select max(seen_at) from snapshot").scalar_one()
        at = max(newest, NOW) + timedelta(hours=1)
        poll(connection, at, (reader(*first), role(NEW, *second)), (tagged(GATE, "north"), tagged(YARD, "south")))
    evaluate(past)
    with past.connect() as connection:
        for question in ("", "tag=site:north", "stream=yard"):
            live, then = asked(question, now=at), asked(question, at, now=at)
            thens = look_back_on(connection, EVERYTHING, then)
            assert thens is not None
            assert read_matrix(connection, EVERYTHING, then) == read_matrix(connection, EVERYTHING, live)
            held = matrix_streams.matrix_streams_then(connection, EVERYTHING, then, thens)
            stored = matrix_streams.matrix_streams(connection, EVERYTHING, live)
            assert held.some == stored.some
            assert _cells_of(connection, live, then, thens)
        _same_of_one(connection, thens[CLINIC])
        live_rows, then_rows = (
            [dict(row) for row in exported(connection, EVERYTHING, parse(pairs, GRANTS, at).filter, at)]
            for pairs in ([], [("at", iso(at))])
        )
    told = [{name: value for name, value in row.items() if name not in AS_OF} for row in then_rows]
    assert sorted(map(str, told)) == sorted(map(str, live_rows))


def _cells_of(connection: Connection, live: Filter, then: Filter, thens: Thens) -> bool:
    ids = principal_pages.ids_of(connection, EVERYTHING, [READER, NEW])
    within = arns_within(connection, EVERYTHING, then, CLINIC, thens)
    return all(
        sorted(map(str, matrix_cell.cell_grants(connection, EVERYTHING, live, CLINIC, ident, action)))
        == sorted(map(str, matrix_cell.cell_grants_then(thens[CLINIC], arn, action, within)))
        for arn, ident in ids.items()
        for action in ("GetMedia", "PutMedia", "ListStreams")
    )


def _same_of_one(connection: Connection, then: module.Then) -> None:
    streams = dict(connection.exec_driver_sql("select arn, id from stream where arn is not null").all())
    ids = principal_pages.ids_of(connection, EVERYTHING, [READER, NEW])
    for arn in (GATE, YARD):
        assert then.holders(arn, MEDIA_READ) == grants.holders(connection, EVERYTHING, CLINIC, streams[arn], MEDIA_READ)
    may = principal_pages.streams_may(connection, EVERYTHING, ids.values(), MEDIA_READ)
    assert {arn: then.may(arn, MEDIA_READ) for arn in ids} == {arn: may.get(ids[arn], Known()) for arn in ids}


def test_what_was_just_evaluated_is_kept_until_what_was_read_is_another(past: Engine) -> None:
    with past.connect() as connection:
        one, same, later = (look_back(connection, EVERYTHING, CLINIC, at) for at in (THEN, BETWEEN, CHANGED))
    assert one.matrix is same.matrix
    assert one.as_of != same.as_of
    assert later.matrix is not one.matrix
    assert len(module._KEPT._kept) <= module.MOST_KEPT


def test_an_account_out_of_scope_is_not_there(past: Engine) -> None:
    nobody = Scope(frozenset({999988887777}))
    with past.connect() as connection:
        assert read_matrix(connection, nobody, asked(at=THEN)).rows == ()
        with pytest.raises(InvalidInput, match="is not watched"):
            look_back(connection, nobody, CLINIC, THEN)


def test_many_accounts_are_not_waited_for(past: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CELLS", 3)
    with past.begin() as connection:
        make_account(connection, 111122223333, name="other")
        with pytest.raises(TooMuch, match="choose one") as refused:
            look_back_on(connection, EVERYTHING, asked(at=THEN))
        assert look_back_on(connection, EVERYTHING, asked(f"account={CLINIC}", THEN))
    assert set(refused.value.accounts) == {CLINIC, 111122223333}
