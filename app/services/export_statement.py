"""A statement as one JSON object, for the page's file and the command alike."""

from datetime import datetime
from typing import Any

from app import __version__
from app.core.arn import account_text
from app.core.coverage.seen import NOT_OBSERVABLE
from app.core.integrity.timeline import Stretch
from app.core.ledger.standing import State
from app.core.query.moment import iso
from app.core.statement.counts import DayCount
from app.core.statement.evidence import Beside
from app.core.statement.readers import MOST_ADDRESSES, Reader, fits
from app.core.viewing.keys import keys_text
from app.db.queries.statement import Interval
from app.services.make_statement import Looked, Statement


def statement_object(statement: Statement, asked_by: str) -> dict[str, Any]:
    """Return a statement as plain data: times as text in UTC, `verdict` one of Verdict."""
    question, evidence, judgement = statement.question, statement.evidence, statement.judgement
    row = question.row
    return {
        "statement": judgement.sentence,
        "verdict": judgement.verdict,
        "reads": judgement.reads,
        "reasons": [{"doubt": one.doubt, "text": one.text} for one in judgement.reasons],
        "account": account_text(row.account_id),
        "region": row.region,
        "kind": row.kind,
        "name": row.name,
        "arn": row.arn,
        "from": iso(question.start),
        "to": iso(question.end),
        "footage": None if question.footage is None else [iso(at) for at in question.footage],
        "readers": [_reader(one, question.footage) for one in statement.readers],
        "listed": [_reader(one, question.footage) for one in statement.listed],
        "may_have_asked": [_reader(one, question.footage) for one in statement.maybe],
        "refused": [_reader(one, question.footage) for one in statement.refused],
        "readers_are_cut": statement.is_cut,
        "observable": evidence.seen.share,
        "coverage": [one for looked in statement.looked for one in _strip(looked)],
        "hours": {
            "verified": evidence.hours.verified,
            "unverified": evidence.hours.unverified,
            "broken": evidence.hours.broken,
            "not_verified": [_hours(one) for one in evidence.hours.open],
        },
        "cloudwatch": {
            "days_compared": evidence.compared.days,
            "days_not_compared": evidence.compared.not_compared,
            "calls": [_day(one) for one in evidence.compared.calls],
            "players": [_day(one) for one in evidence.compared.plays],
        },
        "rejected_records": evidence.rejected,
        "reads_without_stream": evidence.unnamed,
        "playback_urls_alive": [_beside(one) for one in evidence.alive],
        "calls_beside": [_beside(one) for one in evidence.lasting],
        "trails": list(statement.trails),
        "assumptions": {name: state for name, state in statement.assumed.items() if state is not State.CONFIRMED},
        "as_of": iso(question.now),
        "asked_by": asked_by,
        "kvswatch": __version__,
    }


def _reader(one: Reader, footage: Interval | None) -> dict[str, Any]:
    return {
        "who": one.viewer.name if one.viewer.kind else None,
        "kind": one.viewer.kind or NOT_OBSERVABLE,
        "why": one.viewer.why,
        "principal": one.first.principal,
        "action": one.action,
        "outcome": one.error_code or "ok",
        "addresses": one.addresses[:MOST_ADDRESSES],
        "addresses_are_cut": one.has_more_addresses,
        "key_kinds": keys_text(one.keys),
        "access_keys": one.access_keys,
        "calls": one.calls,
        "first": iso(one.first.at),
        "last": iso(one.last_at),
        "url_until": _time(one.url_until),
        "asked_for": {} if footage is None else fits(one, *footage),
        "with_a_key_that_listed": one.listed,
    }


def _strip(looked: Looked) -> list[dict[str, Any]]:
    return [
        {
            "class": looked.strip.kind,
            "actions": list(looked.actions),
            "start": iso(one.start),
            "end": iso(one.end),
            "state": one.state,
            "reason": one.reason,
        }
        for one in looked.strip.stretches
    ]


def _hours(one: Stretch) -> dict[str, Any]:
    judged = one.judged
    return {"start": iso(one.start), "end": iso(one.end), "verdict": judged.verdict, "why": judged.why}


def _day(one: DayCount) -> dict[str, Any]:
    return {"day": f"{one.day}", "action": one.action, "requests": one.requests, "stored": one.stored}


def _beside(one: Beside) -> dict[str, Any]:
    return {"action": one.action, "who": one.who, "at": iso(one.at), "until": _time(one.until)}


def _time(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
