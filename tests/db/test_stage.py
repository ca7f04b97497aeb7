import ipaddress
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.db import stage

COLUMNS = {"id": "uuid", "ip": "inet"}


def filled(engine, rows):
    """Return what the server made of rows of a GUID's text and an address."""
    with engine.begin() as connection:
        stage.fill(connection, "stage_test", COLUMNS, [(stage.guid(id_), stage.inet(address)) for id_, address in rows])
        found = connection.execute(text("select id, host(ip) from stage_test")).all()
    return [(row[0], row[1]) for row in found]


@given(st.lists(st.tuples(st.uuids(), st.ip_addresses()), max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_the_server_reads_ids_and_addresses_as_they_were_written(app_engine, rows):
    found = filled(app_engine, [(str(id_), str(address)) for id_, address in rows])
    assert [(id_, ipaddress.ip_address(address)) for id_, address in found] == [
        (id_, address if address.version == 4 or address.scope_id is None else None) for id_, address in rows
    ]


@pytest.mark.parametrize("address", ["fe80::1%eth0", "kinesisvideo.amazonaws.com", "1.2.3", "", None])
def test_what_is_no_address_to_the_server_is_none(app_engine, address):
    assert filled(app_engine, [(str(UUID(int=7)), address)]) == [(UUID(int=7), None)]


def test_the_stage_is_empty_in_the_next_transaction(app_engine):
    assert len(filled(app_engine, [(str(UUID(int=1)), None)])) == 1
    assert len(filled(app_engine, [(str(UUID(int=2)), None)])) == 1


@pytest.mark.usefixtures("new_database")
def test_a_server_that_is_lost_in_the_middle_is_an_error_of_the_statement(engine, app_engine):
    def rows():
        yield stage.guid(str(UUID(int=1))), None
        with engine.begin() as other:
            others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            other.execute(text(f"{others} and pid <> pg_backend_pid()"))
        while True:
            yield stage.guid(str(UUID(int=2))), None

    with app_engine.connect() as connection:
        with pytest.raises(OperationalError, match="copy stage_test"):
            stage.fill(connection, "stage_test", COLUMNS, rows())
        connection.invalidate()
