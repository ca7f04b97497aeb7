from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from app.core.model.event import Actor, ActorKind
from app.db.queries.dimensions import LONGEST_BYTES, Ids, Wanted, bounded, principal_of, stream_of
from tests.builders.events import STREAM, event

ROLE = Actor(ActorKind.ROLE, "arn:aws:iam::111122223333:role/media/Viewer", 111122223333)


def wanted(n: int = 1) -> Wanted:
    found = Wanted()
    found.principals[principal_of(ROLE)] = ROLE
    for number in range(n):
        stream = stream_of(event(stream=f"{STREAM}{number}"))
        assert stream is not None
        found.streams.add(stream)
        found.streams.add((*stream[:4], None))
        found.actions.add(("kinesisvideo.amazonaws.com", f"Get{number}"))
        found.regions.add(f"eu-west-{number}")
        found.user_agents.add(f"agent {number}")
    return found


def test_what_is_learned_twice_has_the_same_id(app_engine):
    first, second = Ids(), Ids()
    first.learn(app_engine, wanted(3))
    second.learn(app_engine, wanted(3))
    assert first == second
    assert len(set(first.streams.values())) == len(first.streams) == 5


def test_two_writers_learn_the_same_ids_at_the_same_time(app_engine):
    def learn(_: int) -> Ids:
        ids = Ids()
        ids.learn(app_engine, wanted(50))
        return ids

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(learn, range(4)))
    assert all(ids == found[0] for ids in found)


def test_a_principal_has_the_kind_and_name_of_its_first_sight(app_engine):
    Ids().learn(app_engine, wanted())
    with app_engine.connect() as connection:
        rows = connection.execute(text("select account_id, kind, name from principal where id > 0")).all()
    assert [tuple(row) for row in rows] == [(111122223333, "role", "Viewer")]


def test_nothing_is_row_0():
    ids = Ids()
    assert (ids.streams[None], ids.regions[""], ids.user_agents[""]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("stream", "key"),
    [
        (STREAM, ("eu-central-1", "stream", "ward-3-corridor", STREAM)),
        (STREAM.replace(":stream/", ":channel/"), ("eu-central-1", "channel", "ward-3-corridor")),
        ("door", ("eu-central-1", "stream", "door", None)),
        ("arn:aws:kinesisvideo:::nonsense", ("eu-central-1", "stream", "arn:aws:kinesisvideo:::nonsense", None)),
        ("arn:aws:s3:::bucket/stream/x", ("eu-central-1", "stream", "arn:aws:s3:::bucket/stream/x", None)),
    ],
    ids=["stream ARN", "channel ARN", "name", "half an ARN", "another service"],
)
def test_it_reads_what_a_record_calls_a_stream(stream, key):
    found = stream_of(event(stream=stream))
    assert found is not None
    assert found[0] == event().account
    assert found[1 : 1 + len(key)] == key


def test_a_principal_of_no_account_belongs_to_account_0():
    assert principal_of(Actor(ActorKind.SERVICE, "ec2.amazonaws.com", None)) == (0, "ec2.amazonaws.com")


@pytest.mark.parametrize("letter", ["x", "é", "📹"])
def test_long_text_is_cut_and_stays_apart(letter):
    one, two = bounded(letter * 5_000 + "1"), bounded(letter * 5_000 + "2")
    assert one != two
    assert max(len(one.encode()), len(two.encode())) <= LONGEST_BYTES
    assert one.startswith(letter * 100)


@pytest.mark.parametrize("value", ["", "x" * 1_000, "é" * 500])
def test_text_that_fits_is_left_alone(value):
    assert bounded(value) == value
