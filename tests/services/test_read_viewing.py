from datetime import timedelta

import pytest

from app.core.lineage.behind import BehindKind
from app.core.model.scope import EVERYTHING
from app.core.viewing.viewer import told
from app.db.queries.stream_pages import stream_row
from app.services.read_viewing import read_viewing
from tests.builders.events import CLINIC, NOW
from tests.builders.viewing import store_cameras, store_night


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def read(connection, stream):
    row = stream_row(connection, EVERYTHING, stream)
    return read_viewing(
        connection, EVERYTHING, row, NOW - timedelta(days=7), NOW, onboarded=frozenset({CLINIC}), limit=500
    )


def test_each_call_counts_for_somebody_or_for_somebody_unseen(connection):
    found = read(connection, store_night(connection))
    kinds = {found.viewers[told(call)].kind for call in found.reads.calls}
    assert kinds == {BehindKind.PERSON, None}


def test_it_reads_what_was_sent_in_as_long_a_time_before(connection):
    found = read(connection, store_cameras(connection))
    assert len(found.sends.calls) == 55
    assert min(call.at for call in found.sends.calls) < NOW - timedelta(days=7)
    assert found.reads.calls == ()
