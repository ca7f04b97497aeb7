"""Sessions that were asked for with a key, and with those again: where a session led on."""

from dataclasses import dataclass
from datetime import datetime

from app.core import arn
from app.core.model.session import IssuedSession
from app.db.queries import lineage
from app.web.activity import is_whole, whole_href
from app.web.identity_links import key_href
from app.web.names import short
from app.web.visit import Visit

MOST_ONWARD, MOST_OF_ALL = 40, 1_000
"""Sessions that are shown, and how many where all are asked for."""
ONWARD_LEVELS = 3
MOST_COUNTED = 10_000
"""So many of one level are counted, where fewer are shown."""


@dataclass(frozen=True, slots=True)
class Onward:
    """A session that was asked for with this key, or with one that was; `level` counts the hops between."""

    role: str
    href: str
    sub: str
    level: int
    outcome: str
    at: datetime


def sessions_onward(visit: Visit, key: str) -> tuple[tuple[Onward, ...], str, str]:
    """Return the newest sessions that were asked for with the key, and with those again, depth by depth.

    And what of them is left out, with the page that has more; "" where nothing is, or no page has.
    """
    found: list[Onward] = []
    most = MOST_OF_ALL if is_whole(visit) else MOST_ONWARD
    notes = []
    asked, seen = {key}, {key}
    for level in range(ONWARD_LEVELS):
        room = most - len(found)
        if not asked or not room:
            break
        sessions = lineage.assumed_with(visit.connection, visit.scope, asked, room + 1)[::-1]
        if len(sessions) > room:
            notes.append(_older(visit, asked, room, level))
        found += [_one_onward(visit, one, level) for one in sessions[:room]]
        asked = {one.access_key for one in sessions[:room] if one.access_key} - seen
        seen |= asked
    if asked and lineage.assumed_with(visit.connection, visit.scope, asked, 1):
        notes.append("What was assumed in the last of these sessions again is not shown.")
    has_more = notes and len(found) == most and not is_whole(visit)
    return tuple(found), " ".join(notes), whole_href(visit) if has_more else ""


def _older(visit: Visit, asked: set[str], shown: int, level: int) -> str:
    count = lineage.count_assumed_with(visit.connection, visit.scope, asked, MOST_COUNTED)
    least = "At least " if count == MOST_COUNTED else ""
    through = "through sessions of this one " if level else ""
    are = "is" if count - shown == 1 else "are"
    return f"{least}{count - shown:,} older {through}{are} not shown, nor what was assumed from there on."


def _one_onward(visit: Visit, one: IssuedSession, level: int) -> Onward:
    account = arn.account_id(one.role_arn)
    parts = (
        visit.account_name(account) if account is not None else "",
        f"session {one.session_name}" if one.session_name else "",
        one.action,
        "through a session of this one" if level else "",
    )
    return Onward(
        role=short(one.role_arn),
        href=key_href(one.access_key) if one.access_key else "",
        sub=" · ".join(part for part in parts if part),
        level=level,
        outcome=one.error_code or "",
        at=one.event_time,
    )
