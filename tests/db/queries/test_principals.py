from sqlalchemy import Engine

from app.db.queries._principals import ids_of_arns, principal_ids
from tests.builders.accounts import CLINIC

ROLE = f"arn:aws:iam::{CLINIC}:role/service/Portal"


def test_whoever_names_a_principal_first_it_has_one_id(engine: Engine) -> None:
    with engine.begin() as connection:
        by_policy = ids_of_arns(connection, CLINIC, [ROLE])
        by_poll = principal_ids(connection, CLINIC, [(ROLE, "role", "Portal")])
        stored = connection.exec_driver_sql("select kind, name from principal where id <> 0").all()

    assert by_policy == by_poll
    assert [tuple(row) for row in stored] == [("role", "Portal")]


def test_of_nobody_there_is_none(engine: Engine) -> None:
    with engine.begin() as connection:
        assert principal_ids(connection, CLINIC, []) == {}
