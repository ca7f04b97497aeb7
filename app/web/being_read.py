"""The notice over pages whose numbers may still grow: what is read for the first time, or back in time."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.model.scope import Scope
from app.db.queries.shell import PASTS, BeingRead, being_read
from app.web import filters, words

MOST = 3
_WHAT: dict[str, str] = {
    "s3_logs": "log files",
    "cloudwatch_logs": "log groups",
    "lookup_events": "event history (management calls)",
    "kinesisvideo": "streams and channels",
    "kinesisvideo_detail": "tags and settings of streams",
    "iam": "roles, users and policies",
    "iam_credentials": "credential reports and keys",
    "cloudtrail": "trails and selectors",
    "organizations": "organization",
    "cloudwatch": "CloudWatch counts",
    "s3_digests": "digests",
    "evaluate": "matrix and rules",
}
"""In the order in which they are told: what tells most of who did what and who may first."""


def still_to_read(
    connection: Connection,
    scope: Scope,
    seen: Scope,
    names: Mapping[int, str],
    now: datetime,
    *,
    is_past: bool,
    is_of_media: bool = False,
) -> str:
    """Return what is still to be read, in words; empty when nothing is.

    `seen` are the accounts whose logs may hold calls of `scope`. `is_past`: the page answers as of a time in the past,
    of which calls alone may still come. `is_of_media`: it is about calls on media, which no event history holds.
    """
    found = [one for one in being_read(connection, scope, seen, now) if one.source in PASTS or not is_past]
    found = [one for one in found if one.source != "lookup_events" or not is_of_media]
    if not found:
        return ""
    order = list(_WHAT)
    found.sort(key=lambda one: order.index(one.source) if one.source in _WHAT else len(order))
    said = "; ".join(_said(one, names) for one in found[:MOST])
    more = f"; and {len(found) - MOST} more" if len(found) > MOST else ""
    return f"Still to be read: {said}{more}. Numbers may grow."


def _said(one: BeingRead, names: Mapping[int, str]) -> str:
    name = names.get(one.account, account_text(one.account))
    whose = name if one.accounts == 1 else filters.plural(one.accounts, "account")
    back = f", back to {one.since}" if one.since else ""
    of = f" of {filters.plural(one.accounts + one.others, 'account')}" if one.others else ""
    share = f" ({100 * one.done // one.total} %{of} read)" if one.done is not None and one.total else ""
    return f"{_WHAT.get(one.source) or words.source(one.source)} of {whose}{back}{share}"
