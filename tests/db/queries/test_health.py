from sqlalchemy import text

from app.db.queries.health import database_facts


def roles(connection):
    return {role.name: role for role in database_facts(connection).roles}


def test_the_roles_of_a_fresh_database_have_their_own_rights_and_no_more(app_engine):
    with app_engine.connect() as connection:
        found = roles(connection)
    assert all(role.is_there and role.can_be_put_on and not role.is_superuser for role in found.values())
    assert {name for name, role in found.items() if role.may_write} == {"kvswatch_owner", "kvswatch_app"}
    assert {name for name, role in found.items() if role.may_create} == {"kvswatch_owner"}


def test_a_right_too_many_shows(engine):
    with engine.connect() as connection:
        connection.execute(text("grant insert on event to kvswatch_read"))
        assert roles(connection)["kvswatch_read"].may_write


def test_it_tells_the_version_and_the_time_of_the_server(engine):
    with engine.connect() as connection:
        facts = database_facts(connection)
        version, login = connection.execute(text("select current_setting('server_version_num'), session_user")).one()
        before = connection.execute(text("select transaction_timestamp()")).scalar_one()
    assert (facts.version, facts.login) == (int(version), login)
    assert facts.now >= before
