from sqlalchemy import Connection, Engine, text

from app.core.iam.matrix import access_matrix
from app.core.model.grant import Grant, Known, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.core.parts import Streams
from app.db.queries import snapshots
from app.db.queries.grants import grants, holders_of, input_hash, set_hash, store_matrix, stored_hash
from tests.builders import iam
from tests.builders.accounts import CLINIC, make_account
from tests.builders.facts import NOW

ACCOUNT = iam.ACCOUNT
BOTH = (
    Grant(iam.ROLE, "GetMedia", Outcome.ALLOW, (iam.CAMERA, iam.OTHER_CAMERA)),
    Grant(iam.ROLE, "GetMedia", Outcome.CONDITIONAL, (iam.CHANNEL,), ("aws:multifactorauthpresent", "aws:sourceip")),
    Grant(iam.ROLE, "ListStreams", Outcome.ALLOW, ("*",)),
)


def put(connection: Connection, *given: Grant, inputs: bytes = b"1") -> None:
    store_matrix(connection, ACCOUNT, given, [], evaluator=1, inputs=inputs, now=NOW)


def test_grants_come_back_as_they_were_stored(app_engine: Engine):
    with app_engine.begin() as connection:
        put(connection, *BOTH)
        assert grants(connection, EVERYTHING, ACCOUNT) == BOTH


def test_a_real_matrix_comes_back_whole(app_engine: Engine):
    made = access_matrix(iam.snapshot(iam.role(iam.allow("kinesisvideo:*"), iam.deny("kinesisvideo:Delete*")))).grants

    with app_engine.begin() as connection:
        put(connection, *made)
        assert set(grants(connection, EVERYTHING, ACCOUNT) or ()) == set(made)


def test_a_new_matrix_takes_the_place_of_the_old_and_of_its_sets(app_engine: Engine):
    with app_engine.begin() as connection:
        put(connection, *BOTH)
        put(connection, BOTH[0], inputs=b"2")

        assert grants(connection, EVERYTHING, ACCOUNT) == BOTH[:1]
        assert connection.execute(text("select count(*) from resource_set")).scalar_one() == 1
        assert stored_hash(connection, ACCOUNT) == b"2"


def test_one_set_is_stored_once_for_all_its_grants(app_engine: Engine):
    same = [Grant(iam.ROLE, action, Outcome.ALLOW, (iam.CAMERA,)) for action in ("GetMedia", "PutMedia", "GetClip")]

    with app_engine.begin() as connection:
        put(connection, *same)
        assert connection.execute(text("select hash, n from resource_set")).all() == [(set_hash([iam.CAMERA]), 1)]


def test_no_matrix_is_not_an_empty_one(app_engine: Engine):
    with app_engine.begin() as connection:
        assert grants(connection, EVERYTHING, ACCOUNT) is None
        put(connection)
        assert grants(connection, EVERYTHING, ACCOUNT) == ()


def test_a_stranger_sees_no_grants(app_engine: Engine):
    with app_engine.begin() as connection:
        put(connection, *BOTH)
        assert grants(connection, Scope(frozenset({7})), ACCOUNT) is None


def test_the_hash_moves_with_what_the_matrix_is_made_of_and_with_nothing_else(app_engine: Engine):
    with app_engine.begin() as connection:
        make_account(connection, ACCOUNT)
        empty = input_hash(connection, ACCOUNT, 1)
        snapshots.store_part(connection, ACCOUNT, "streams", "eu-central-1", Streams((iam.stream(),)), NOW)
        with_stream = input_hash(connection, ACCOUNT, 1)
        snapshots.store_part(connection, 7, "streams", "eu-central-1", Streams(()), NOW)
        snapshots.store_part(connection, ACCOUNT, "streams", "eu-central-1", Streams((iam.stream(),)), NOW)

        assert with_stream != empty
        assert input_hash(connection, ACCOUNT, 1) == with_stream
        assert input_hash(connection, ACCOUNT, 2) != with_stream

        snapshots.store_part(connection, iam.MANAGEMENT, "organization", "", iam.organization(), NOW)
        assert input_hash(connection, ACCOUNT, 1) != with_stream


def test_holders_of_several_actions_are_counted_once_by_name(engine: Engine, estate: dict[str, int]):
    wanted = {"read": ["GetMedia", "GetClip"], "url": ["GetHLSStreamingSessionURL"], "none": ["UpdateStream"]}
    with engine.connect() as connection:
        first = holders_of(connection, EVERYTHING, CLINIC, estate["ward-1"], wanted)
        unknown = holders_of(connection, EVERYTHING, CLINIC, estate["ward-9"], wanted)
        nobodys = holders_of(connection, Scope(frozenset({1})), CLINIC, estate["ward-1"], wanted)

    assert first == {"read": Known(3), "url": Known(1)}
    assert unknown == {"read": Known(2, 1), "url": Known(1)}
    assert nobodys == {}
