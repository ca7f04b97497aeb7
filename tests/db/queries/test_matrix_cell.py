from datetime import timedelta

from sqlalchemy import text

from app.core.model.grant import Grant, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import matrix_cell as queries
from app.db.queries.grants import store_matrix
from tests.builders.accounts import CLINIC, NOW
from tests.builders.calls import make_calls, make_principal, make_stream, stream_arn
from tests.builders.events import event, store
from tests.builders.questions import asked

OTHER = 771400253968
ROLE = f"arn:aws:iam::{CLINIC}:role/"


def test_a_cell_lists_its_outcomes_with_their_resources_within_the_filter(connection):
    arns = tuple(stream_arn(connection, make_stream(connection, f"s{n}")) for n in range(7))
    analyst = make_principal(connection, "Analyst")
    grants = (
        Grant(f"{ROLE}Analyst", "GetMedia", Outcome.DENY, arns[6:]),
        Grant(f"{ROLE}Analyst", "GetMedia", Outcome.ALLOW, arns[:6]),
        Grant(f"{ROLE}Analyst", "ListStreams", Outcome.ALLOW, ("*",)),
    )
    store_matrix(connection, CLINIC, grants, (), evaluator=1, inputs=b"x", now=NOW)
    allow, deny = queries.cell_grants(connection, EVERYTHING, asked(), CLINIC, analyst, "GetMedia")
    assert (allow.outcome, allow.resources) == (Outcome.ALLOW, arns[:6])
    assert (deny.outcome, deny.resources) == (Outcome.DENY, arns[6:])
    (every,) = queries.cell_grants(connection, EVERYTHING, asked(), CLINIC, analyst, "ListStreams")
    assert every.resources == ("*",)
    (some,) = queries.cell_grants(connection, EVERYTHING, asked("stream=s1&stream=s4"), CLINIC, analyst, "GetMedia")
    assert some.resources == (arns[1], arns[4])
    assert queries.cell_grants(connection, Scope(frozenset({OTHER})), asked(), CLINIC, analyst, "GetMedia") == ()


def test_a_cell_counts_its_calls(connection):
    analyst = make_principal(connection, "Analyst")
    make_calls(connection, "GetMedia", 5, NOW - timedelta(days=2), principal_id=analyst, errors=2)
    make_calls(connection, "GetMedia", 1, NOW, principal_id=analyst)
    gate = make_stream(connection, "gate")
    make_calls(connection, "GetMedia", 3, NOW - timedelta(days=1), principal_id=analyst, stream_id=gate)
    make_calls(connection, "ListStreams", 8, NOW, principal_id=analyst)
    use = queries.cell_use(connection, EVERYTHING, asked(), CLINIC, analyst, "GetMedia")
    assert (use.calls, use.errors, use.first_at, use.last_at) == (9, 2, NOW - timedelta(days=2), NOW)
    assert queries.cell_use(connection, EVERYTHING, asked("stream=gate"), CLINIC, analyst, "GetMedia").calls == 3
    assert queries.cell_use(connection, EVERYTHING, asked("stream=gate"), CLINIC, analyst, "ListStreams").calls == 8
    none = queries.cell_use(connection, EVERYTHING, asked(), CLINIC, analyst, "GetClip")
    assert (none.calls, none.last_at) == (0, None)


def test_a_principal_is_found_by_its_id_within_the_scope(connection):
    analyst = make_principal(connection, "Analyst")
    assert queries.matrix_principal(connection, EVERYTHING, analyst) == (CLINIC, f"{ROLE}Analyst", "Analyst")
    assert queries.matrix_principal(connection, Scope(frozenset({OTHER})), analyst) is None
    assert queries.matrix_principal(connection, EVERYTHING, 999_999) is None


def test_the_last_use_is_no_refused_call(connection):
    calls = [event(0), event(1, error_code="AccessDenied"), event(2, action="GetMedia", error_code="AccessDenied")]
    store(connection, calls)
    who = connection.execute(text("select min(principal_id) from event")).scalar_one()
    use = queries.cell_use(connection, EVERYTHING, asked(), CLINIC, who, "GetClip")
    none = queries.cell_use(connection, EVERYTHING, asked(), CLINIC, who, "GetMedia")
    assert (use.calls, use.errors, use.last_at) == (2, 1, calls[0].event_time)
    assert (none.errors, none.last_at) == (1, None)
