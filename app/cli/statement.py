"""`kvswatch statement`."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import Connection

from app import clock, config
from app.cli._command import Command
from app.cli._database import app_engine
from app.cli._text import printable
from app.core.coverage.seen import NOT_OBSERVABLE
from app.core.errors import InvalidInput
from app.core.model.scope import EVERYTHING
from app.core.query.interval import asked_since, filmed
from app.core.query.moment import moment
from app.core.statement.readers import Reader
from app.core.viewing.keys import keys_text
from app.db.engine import read_only
from app.db.queries.shell import account_names
from app.db.queries.statement import streams_called
from app.db.queries.stream_pages import StreamRow, stream_row
from app.services.export_data import TIMEOUT_S
from app.services.export_statement import statement_object
from app.services.make_statement import Question, Statement, make_statement

_MOMENT = "As in the page's URL: 2026-11-21T14:00Z or now-7d."


def statement(
    stream: Annotated[str, typer.Argument(help="A stream or channel: its ARN, or its name where only one has it.")],
    *,
    since: Annotated[str, typer.Option("--from", help=_MOMENT)] = "",
    until: Annotated[str, typer.Option("--to", help=_MOMENT)] = "now",
    footage: Annotated[str, typer.Option(help="Ask by the video that calls asked for: FROM..TO.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print who read STREAM, and whether "nobody" can be proven.

    The first line is the verdict. Without --from it is of the last 7 days, or, with --footage, of all calls that may
    have asked for the video.
    """
    now = clock.now().replace(microsecond=0)
    asked = filmed(footage, now) if footage else None
    begins = asked_since(asked) if asked and not since else moment(since or "now-7d", now=now).at
    ends = moment(until, now=now).at
    if begins >= ends:
        raise InvalidInput("--from is not before --to")
    with app_engine(config.load()) as engine, read_only(engine, timeout_s=TIMEOUT_S) as connection:
        onboarded = frozenset(account for account, _ in account_names(connection, EVERYTHING))
        question = Question(_row(connection, stream), begins, ends, now, onboarded, asked)
        found = make_statement(connection, EVERYTHING, question)
    if as_json:
        print(json.dumps(statement_object(found, "local")))
        return
    _print(found)


def _row(connection: Connection, stream: str) -> StreamRow:
    found = streams_called(connection, EVERYTHING, stream)
    known = [one for one in found if one[1] != stream] if len(found) > 1 else found
    if not found:
        raise InvalidInput(f"no stream or channel is called {stream!r}")
    if len(known) > 1:
        raise InvalidInput(f"several are called {stream!r}: give the ARN\n" + "\n".join(arn for _, arn in known))
    row = stream_row(connection, EVERYTHING, known[0][0]) if known else None
    if row is None:
        raise InvalidInput(f"several accounts have calls on a {stream!r} whose ARN is not known: open its page instead")
    return row


def _print(found: Statement) -> None:
    print(printable(found.judgement.sentence))
    question = found.question
    print(f"calls from {_time(question.start)} to {_time(question.end)}, as of {_time(question.now)}")
    for heading, readers in (
        ("read", found.readers),
        ("may have asked for it", found.maybe),
        ("asked which fragments there are of it", found.listed),
        ("was refused", found.refused),
    ):
        _print_readers(heading, readers)
    if found.judgement.reads and found.judgement.reasons:
        print("There may have been more:")
        for reason in found.judgement.reasons:
            print(printable(f"  {reason.text}"))


def _print_readers(heading: str, readers: Iterable[Reader]) -> None:
    for one in readers:
        name, kind = (one.viewer.name, one.viewer.kind) if one.viewer.kind else ("unknown", NOT_OBSERVABLE)
        who = f"{name} ({kind}) through {one.first.principal or 'unknown'}"
        calls = f"{one.calls:,} {one.action}{f' {one.error_code}' if one.error_code else ''}"
        place = f"from {', '.join(one.addresses_told)}, " if one.addresses else ""
        times = f"{_time(one.first.at)} to {_time(one.last_at)}"
        print(printable(f"{heading}: {who}: {calls}, {place}{keys_text(one.keys)}, {times}"))


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"


COMMAND = Command("Say who read a stream in an interval, and whether nobody can be proven.", statement)
