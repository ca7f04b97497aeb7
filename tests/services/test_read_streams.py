"""The list of streams."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING
from app.core.model.trail import FieldSelector
from app.db.queries.by_name import NamePage
from app.db.queries.stream_pages import stream_rows
from app.services.read_coverage import strips_over
from app.services.read_streams import stream_lines
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.estate import DATA, make_bucket_reader, make_inventory, make_trail, stream_of

START = NOW - timedelta(days=7)


@pytest.mark.usefixtures("estate")
def test_a_stream_and_a_channel_have_the_coverage_of_their_own_calls(engine: Engine) -> None:
    with engine.begin() as connection:
        rows = stream_rows(connection, EVERYTHING, NamePage(99, "gate-"))
        strips = strips_over(connection, EVERYTHING, START, NOW)
        lines = {x.row.name: x for x in stream_lines(connection, EVERYTHING, rows, strips, START, NOW)}
    assert lines["gate-00-corridor"].seen.is_whole
    assert lines["gate-intercom"].seen.is_dark


@pytest.mark.usefixtures("estate")
def test_who_may_is_unknown_and_not_none_where_grants_were_never_computed(engine: Engine) -> None:
    with engine.begin() as connection:
        rows = stream_rows(connection, EVERYTHING, NamePage(1, "old-"))
        (line,) = stream_lines(connection, EVERYTHING, rows, (), START, NOW)
    assert line.may is None


def test_where_selectors_name_streams_each_has_an_answer_of_its_own(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection)
        arns = {name: stream_arn(connection, make_stream(connection, name)) for name in ("door", "hall", "yard")}
        by_arn = replace(DATA, fields=(*DATA.fields, FieldSelector("resources.ARN", not_equals=(arns["hall"],))))
        make_inventory(connection, CLINIC, tuple(stream_of(arn, name) for name, arn in arns.items()))
        make_trail(connection, CLINIC, (by_arn,))
        rows = stream_rows(connection, EVERYTHING, NamePage(9))
        strips = strips_over(connection, EVERYTHING, START, NOW)
        lines = stream_lines(connection, EVERYTHING, rows, strips, START, NOW)
    assert {line.row.name: line.seen.share for line in lines} == {"door": "100 %", "hall": "0 %", "yard": "100 %"}
