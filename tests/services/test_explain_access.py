"""What the command line (tests/cli/test_iam.py) and the page (tests/web/pages/test_explain.py) share."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.core.errors import InvalidInput
from app.core.model.principal import Iam
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.snapshots import store_part
from app.services.explain_access import explain_access
from tests.builders import iam
from tests.builders.accounts import CLINIC, NOW, make_account

READER = f"arn:aws:iam::{CLINIC}:role/Reader"


@pytest.fixture
def read(engine: Engine) -> Engine:
    with engine.begin() as connection:
        make_account(connection, kind="management")
        store_part(connection, CLINIC, "iam", "", Iam((iam.role(iam.allow(), arn=READER, name="Reader"),), ()), NOW)
    return engine


def test_the_account_is_that_of_the_principal_where_the_action_takes_no_resource(read: Engine) -> None:
    with read.connect() as connection:
        found = explain_access(connection, EVERYTHING, READER, "kinesisvideo:ListStreams", "*")
    assert found.explanation.outcome == "allow"
    assert "note" not in found.as_json()


def test_nothing_is_explained_of_an_account_out_of_scope(read: Engine) -> None:
    with read.connect() as connection, pytest.raises(InvalidInput, match="is not watched"):
        explain_access(connection, Scope(frozenset()), READER, "ListStreams", "*")


HOUR = timedelta(hours=1)
GATE = f"arn:aws:kinesisvideo:eu-central-1:{CLINIC}:stream/gate/1600000000000"


@pytest.fixture
def changed(read: Engine) -> Engine:
    """A role that might do everything until, by the reading an hour later, nothing allows it any more."""
    with read.begin() as connection:
        store_part(connection, CLINIC, "iam", "", Iam((iam.role(arn=READER, name="Reader"),), ()), NOW + HOUR)
    return read


@pytest.mark.parametrize(
    ("hours", "outcome", "state"),
    [
        pytest.param(0, "allow", "same", id="at the reading that found it"),
        pytest.param(0.5, "allow", "changed_between", id="between the two"),
        pytest.param(1, "deny", "same", id="at the reading that found another"),
    ],
)
def test_each_time_has_its_answer_and_the_readings_around_it(
    changed: Engine, hours: float, outcome: str, state: str
) -> None:
    with changed.connect() as connection:
        found = explain_access(connection, EVERYTHING, READER, "GetMedia", GATE, NOW + hours * HOUR).as_json()
    assert found["outcome"] == outcome
    parts = {part["part"]: part for part in found["as_of"]["parts"]}  # type: ignore[index]
    assert parts["iam"]["state"] == state


def test_before_the_first_reading_the_answer_is_unknown(changed: Engine) -> None:
    with changed.connect() as connection:
        found = explain_access(connection, EVERYTHING, READER, "GetMedia", GATE, NOW - HOUR)
    assert found.explanation.outcome == "unknown"
    assert found.as_of is not None
    assert "Roles, users and policies: not known: first read at" in found.as_of.sentences()[0]


def test_who_was_not_there_yet_is_said_to_be_so_then(changed: Engine) -> None:
    newcomer = READER.replace("Reader", "Newcomer")
    with changed.begin() as connection:
        roles = (iam.role(iam.allow(), arn=newcomer, name="Newcomer"),)
        store_part(connection, CLINIC, "iam", "", Iam(roles, ()), NOW + 2 * HOUR)
        with pytest.raises(InvalidInput, match=r"as of .*: no user, role or root user .*Newcomer") as refused:
            explain_access(connection, EVERYTHING, newcomer, "GetMedia", GATE, NOW + 1.5 * HOUR)
        gone = explain_access(connection, EVERYTHING, READER, "GetMedia", GATE, NOW + 1.5 * HOUR)
    assert "the change lies somewhere between" in str(refused.value)
    assert gone.explanation.outcome == "deny"


def test_an_scp_binds_from_the_reading_that_found_it(changed: Engine) -> None:
    with changed.begin() as connection:
        make_account(connection, iam.ACCOUNT, name="lab")
        store_part(connection, iam.ACCOUNT, "iam", "", Iam((iam.role(iam.allow()),), ()), NOW)
        for hour, scps in ((0, iam.allow("*")), (1, iam.deny("kinesisvideo:GetMedia"))):
            levels = (("r-1", (iam.document(scps),)), (str(iam.ACCOUNT), (iam.document(iam.allow("*")),)))
            store_part(connection, iam.MANAGEMENT, "organization", "", iam.organization(*levels), NOW + hour * HOUR)
        asked = (connection, EVERYTHING, iam.ROLE, "GetMedia", iam.CAMERA)
        answers = [explain_access(*asked, NOW + hours * HOUR).explanation.outcome for hours in (-1, 0.5, 1, 2)]
    assert answers == ["unknown", "allow", "deny", "deny"]


@given(
    action=st.sampled_from(["GetMedia", "PutMedia", "GetClip"]),
    stream=st.sampled_from(["gate", "yard"]),
    is_denied=st.booleans(),
)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_as_of_now_the_answer_is_that_of_now(changed: Engine, action: str, stream: str, *, is_denied: bool) -> None:
    statement = iam.deny(f"kinesisvideo:{action}") if is_denied else iam.allow(f"kinesisvideo:{action}", GATE)
    with changed.connect() as connection:
        roles = (iam.role(statement, arn=READER, name="Reader"),)
        store_part(connection, CLINIC, "iam", "", Iam(roles, ()), NOW + 2 * HOUR)
        asked = (connection, EVERYTHING, READER, "GetMedia", GATE.replace("gate", stream))
        assert explain_access(*asked, NOW + 3 * HOUR).explanation == explain_access(*asked).explanation
        connection.rollback()
