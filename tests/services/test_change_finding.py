from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.core.errors import InvalidInput
from app.core.model.finding import FindingState
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import findings
from app.services.change_finding import acknowledge, mute, reopen
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.findings import make_finding

OWN = Scope(frozenset({CLINIC}))
STRANGER = Scope(frozenset({7}))


@pytest.fixture
def found(app_engine: Engine) -> str:
    with app_engine.begin() as connection:
        make_account(connection)
        return make_finding(connection, "s")


def audited(engine: Engine) -> list[tuple[str, str, str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("select actor, action, subject, detail ->> 'note' from audit order by id"))
        return [tuple(row) for row in rows]


def test_each_step_is_stored_told_and_audited(app_engine: Engine, found: str):
    acknowledge(app_engine, OWN, found, by="ines", note="asked", now=NOW)
    mute(app_engine, OWN, found, by="ines", reason="accepted", until=NOW + timedelta(days=30), now=NOW)
    reopen(app_engine, EVERYTHING, found, by="ada", note="no", now=NOW)

    with app_engine.connect() as connection:
        steps = [(step.to_state.value, step.by, step.note) for step in findings.history(connection, EVERYTHING, found)]
        row = findings.finding(connection, EVERYTHING, found)
    assert steps[:3] == [("open", "ada", "no"), ("muted", "ines", "accepted"), ("acknowledged", "ines", "asked")]
    assert row is not None
    assert (row.finding.state, row.finding.muted_until) == (FindingState.OPEN, None)
    subject = f"finding:{CLINIC:012d}:{found}"
    assert audited(app_engine) == [
        ("ines", "finding.acknowledge", subject, "asked"),
        ("ines", "finding.mute", subject, "accepted"),
        ("ada", "finding.reopen", subject, "no"),
    ]


def test_a_stranger_changes_nothing(app_engine: Engine, found: str):
    with pytest.raises(InvalidInput, match="may not see"):
        acknowledge(app_engine, STRANGER, found, by="cleo", now=NOW)

    assert audited(app_engine) == []


def test_an_unknown_finding_is_refused(app_engine: Engine):
    with pytest.raises(InvalidInput, match="there is no finding ffff"):
        reopen(app_engine, EVERYTHING, "ffff", by="ada", now=NOW)


def test_a_refused_change_leaves_neither_history_nor_audit(app_engine: Engine, found: str):
    with pytest.raises(InvalidInput, match="without a reason"):
        mute(app_engine, OWN, found, by="ines", reason=" ", until=None, now=NOW)

    with app_engine.connect() as connection:
        assert len(findings.history(connection, EVERYTHING, found)) == 1
    assert audited(app_engine) == []
