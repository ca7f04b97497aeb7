"""What a finding knows of itself beyond its subject: keys, users, trails and tags that its evidence names."""

import json
import re
from collections.abc import Iterable

from app.core.arn import account_text, parsed
from app.core.model.finding import Finding
from app.core.rules.names import name_of

_KEY = re.compile(r"A(?:KI|SI)A\w+")
_TAG = re.compile(r'"aws:ResourceTag/((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_OTHER = re.compile(r"arn:[\w-]+:iam::(\d{12}):|(?<!\d)(\d{12})(?!\d)")
IDENTITY, SESSION = "userIdentity.arn", "userIdentity.arn, role session name"
STOPPED = "GetTrailStatus, StopLoggingTime"
"""Where evidence says that it found who called with a key, in which session, and which trail was stopped."""


def known(finding: Finding) -> dict[str, tuple[str, ...]]:
    """Return the values of each placeholder that is read from evidence.

    They are <key> <user> <trail> <tag> <outsider> <session>. None known is an
    empty tuple. Of <key> there may be several, all others have one at most.
    """
    by_place = {each.where: each.text for each in finding.evidence}
    statements = [each.text for each in finding.evidence if each.kind == "statement"]
    callers = [parsed(each.text) for each in finding.evidence if each.where == IDENTITY]
    own = account_text(finding.account)
    return {
        "key": _keys(finding),
        "user": _first(name_of(str(arn)) for arn in callers if arn and arn.resource.startswith("user/")),
        "trail": _first(by_place[STOPPED].rpartition(": ")[:1] if STOPPED in by_place else ()),
        "session": _first([by_place[SESSION]] if SESSION in by_place else ()),
        "tag": _first(json.loads(f'"{found}"') for text in statements for found in _TAG.findall(text)),
        "outsider": _first(
            account for text in statements for pair in _OTHER.findall(text) if (account := "".join(pair)) != own
        ),
    }


def _keys(finding: Finding) -> tuple[str, ...]:
    if _KEY.fullmatch(finding.subject):
        return (finding.subject,)
    return tuple(found[0] for each in finding.evidence if (found := _KEY.match(each.text)))


def _first(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(list(dict.fromkeys(values))[:1])
