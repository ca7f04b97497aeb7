"""Evidence as rules give it: the statement, the record or the setting on which a violation rests."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.iam.parse import Policy, Statement
from app.core.model.event import Event
from app.core.model.finding import Evidence
from app.core.query.cursor import EventKey, reference
from app.core.rules.names import listed, name_of

MOST_EVENTS = 5
"""A finding shows so many records; the link below it lists them all."""
MOST_NAMES = 10
MOST_STREAMS = 1000
"""Evidence is stored whole and read with its finding: a reader of all cameras would make it megabytes."""


def setting(where: str, text: str, link: str | None = None) -> Evidence:
    """Return one value that AWS gave: `where` names the API's field."""
    return Evidence("setting", where, text, link=link)


def count(where: str, text: str, link: str | None = None) -> Evidence:
    """Return a number and what it counts."""
    return Evidence("count", where, text, link=link)


def period(first: datetime, last: datetime) -> str:
    """Return from when to when, in UTC: what a number counts is of a time."""
    if first == last:
        return f"{first:%Y-%m-%d %H:%MZ}"
    until = f"{last:%H:%MZ}" if last.date() == first.date() else f"{last:%Y-%m-%d %H:%MZ}"
    return f"{first:%Y-%m-%d %H:%MZ} to {until}"


def statement(policy: Policy, deciding: Statement, marked: Iterable[str] = ()) -> Evidence:
    """Return a statement as JSON; the lines that hold one of the texts `marked` are marked."""
    document = json.loads(policy.source.document)
    statements: Any = document["Statement"]
    raw = statements[deciding.index] if isinstance(statements, list) else statements
    lines = json.dumps(raw, indent=2, ensure_ascii=False).splitlines()
    wanted = [json.dumps(text, ensure_ascii=False) for text in marked]
    found = tuple(number for number, line in enumerate(lines, 1) if any(text in line for text in wanted))
    sid = f", statement {deciding.sid}" if deciding.sid else f", statement {deciding.index + 1}"
    return Evidence("statement", f"{policy.source.kind} policy {policy.source.name}{sid}", "\n".join(lines), found)


def event(record: Event) -> Evidence:
    """Return one call: when, what, on which stream, from where, how it ended."""
    target = f" {name_of(record.stream)}" if record.stream else ""
    ending = f", {record.error_code}" if record.error_code else ""
    text = f"{record.action}{target} from {record.address or 'an address not logged'}{ending}"
    return Evidence(
        "event",
        f"{record.event_time:%Y-%m-%d %H:%M:%SZ}",
        text,
        link=f"/events?event={_reference(record)}",
        streams=_streams([record]),
    )


def events(records: Sequence[Event]) -> tuple[Evidence, ...]:
    """Return the first and the last calls of many, at most MOST_EVENTS, and the streams that these leave out."""
    if len(records) <= MOST_EVENTS:
        return tuple(event(record) for record in records)
    shown = (*records[: MOST_EVENTS - 2], *records[-2:])
    told = tuple(event(record) for record in shown)
    every = _streams(records)
    if set(every) <= set(_streams(shown)):
        return told
    return (streams_of(f"streams of the {len(records):,} calls", every), *told)


def streams_of(where: str, streams: Sequence[str]) -> Evidence:
    """Return streams by name, with the ARNs of the first MOST_STREAMS: the pages of these lead to the finding."""
    names = sorted({name_of(stream) for stream in streams})
    return Evidence("setting", where, listed(names, MOST_NAMES), streams=tuple(streams[:MOST_STREAMS]))


def _streams(records: Iterable[Event]) -> tuple[str, ...]:
    return tuple(sorted({record.stream for record in records if record.stream}))


def _reference(record: Event) -> str:
    return reference(EventKey(record.event_time, UUID(record.event_id), record.account))
