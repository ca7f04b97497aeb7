"""The rows of the lists of accounts, streams, principals and coverage, as files have them.

A cell says what the page says. Where a thing is not known, because it was denied, not read or not observable, its cell
holds that in words: it is never empty there, and never 0. It is empty only where there is nothing to say.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial

import msgspec
from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.coverage.history import Strip
from app.core.coverage.seen import NOT_OBSERVABLE, Seen, seen_over, share_of
from app.core.errors import InvalidInput
from app.core.model.integrity import Verdict
from app.core.model.scope import Scope
from app.core.model.snapshot import Part
from app.core.query.accounts import chosen_accounts
from app.core.query.filter import Filter
from app.core.query.listing import COVERAGE
from app.core.query.moment import iso
from app.db.queries import account_page, integrity, principal_pages, shell, stream_pages
from app.db.queries.by_name import all_pages, page_of
from app.services.read_accounts import AccountLine, account_lines, month_of
from app.services.read_coverage import least_observed_first, strips_of_alike, strips_over, worst_first
from app.services.read_principals import MEDIA, PrincipalLine, principal_lines
from app.services.read_streams import StreamLine, stream_lines

Row = Mapping[str, str | None]
Rows = Callable[[Connection, Scope, Filter, datetime], Iterator[Row]]
AT_ONCE = 1_000
"""Rows read together: memory stays flat however long a list is."""
NEVER, NOT_READ, NOT_EVALUATED = "never", "not read", "not evaluated"
LISTING_OF = {"stream": "streams", "channel": "channels"}
"""The part that lists a kind of thing."""
_NO_STREAM = {"stream": "", "arn": ""}


def accounts(connection: Connection, scope: Scope, query: Filter, now: datetime) -> Iterator[Row]:
    """Yield the accounts in order of name."""
    narrowed, _ = narrowed_to(connection, scope, query)
    first, after = month_of(now)
    strips = strips_over(connection, narrowed, first, min(after, now))
    unseen = account_page.unseen_parts(connection, narrowed)
    for line in account_lines(connection, narrowed, now):
        own = [strip for strip in strips if strip.account == line.row.account_id and strip.kind in MEDIA]
        seen = seen_over(own, first, min(after, now))
        yield _account(line, seen, [part for part in unseen if part[0] == line.row.account_id])


def _account(line: AccountLine, seen: Seen, unseen: Iterable[tuple[int, Part]]) -> Row:
    row = line.row
    return {
        "account": account_text(row.account_id),
        "name": row.name,
        "kind": row.kind,
        "regions": " ".join(row.regions),
        "parts": str(row.parts + row.waiting),
        "parts_fresh": str(row.parts - row.unseen),
        "parts_unseen": str(row.unseen),
        "parts_waiting": str(row.waiting),
        "unseen": "; ".join(_said(part) for _, part in unseen) or ("" if row.parts else NOT_READ),
        "polled_at": _at(row.polled_at, NEVER),
        "reads_30d": _count(sum(line.reads), seen),
        "other_calls_30d": _count(sum(line.rest), seen),
        "media_observable": seen.share,
        "own_calls_today": str(row.own_calls),
        "throttled_today": str(row.throttled),
        "feeds_at_work": str(row.running_feeds),
        "open_findings": str(row.open_findings),
    }


def streams(connection: Connection, scope: Scope, query: Filter, _now: datetime) -> Iterator[Row]:
    """Yield the streams and channels in order of name."""
    narrowed, names = narrowed_to(connection, scope, query)
    start, end = query.since.at, query.until.at
    strips = strips_over(connection, narrowed, start, end)
    unseen = _unseen(connection, narrowed)
    for rows in all_pages(partial(stream_pages.stream_rows, connection, narrowed), page_of(query, AT_ONCE)):
        for line in stream_lines(connection, narrowed, rows, strips, start, end):
            yield _stream(line, names, unseen)


def _stream(line: StreamLine, names: Mapping[int, str], unseen: Mapping[tuple[int, str, str], Part]) -> Row:
    row, seen = line.row, line.seen
    part = unseen.get((row.account_id, LISTING_OF[row.kind], row.region))
    retention = NOT_READ if row.retention_hours is None else str(row.retention_hours)
    return {
        "account": account_text(row.account_id),
        "account_name": names.get(row.account_id, ""),
        "region": row.region,
        "kind": row.kind,
        "name": row.name,
        "camera": row.camera or "",
        "site": row.site or "",
        "owner": row.owner or "",
        "arn": row.arn,
        "status": row.status,
        "channel_type": row.channel_type,
        "retention_hours": retention if row.kind == "stream" else "",
        "kms_key_id": row.kms_key_id,
        "tags": NOT_READ if row.tags is None else msgspec.json.encode(dict(row.tags)).decode(),
        "may_watch": NOT_EVALUATED if line.may is None else str(line.may),
        "reads": _count(line.use.reads, seen),
        "last_read_at": _at(line.use.last_read_at, _never(seen)),
        "observable": seen.share,
        "leaves_out": seen.left_out.partition("leave ")[2],
        "listing": _said(part) if part else "seen",
        "listed_at": _at(row.seen_at, NEVER),
    }


def principals(connection: Connection, scope: Scope, query: Filter, _now: datetime) -> Iterator[Row]:
    """Yield the roles and users in order of name."""
    narrowed, names = narrowed_to(connection, scope, query)
    start, end = query.since.at, query.until.at
    strips = strips_over(connection, narrowed, start, end)
    unseen = _unseen(connection, narrowed)
    for rows in all_pages(partial(principal_pages.principal_rows, connection, narrowed), page_of(query, AT_ONCE)):
        for line in principal_lines(connection, narrowed, rows, strips, start, end):
            yield _principal(line, names, unseen)


def _principal(line: PrincipalLine, names: Mapping[int, str], unseen: Mapping[tuple[int, str, str], Part]) -> Row:
    row, use = line.row, line.use
    part = unseen.get((row.account_id, "iam", ""))
    keys = NOT_READ if row.active_keys is None else str(row.active_keys)
    mfa = NOT_READ if row.has_mfa is None else "yes" if row.has_mfa else "no"
    return {
        "account": account_text(row.account_id),
        "account_name": names.get(row.account_id, ""),
        "kind": row.kind,
        "name": row.name,
        "arn": row.arn,
        "may_watch": NOT_EVALUATED if line.may is None else str(line.may),
        "reads": _count(use.reads, line.reads_seen),
        "reads_observable": line.reads_seen.share,
        "calls": _count(use.calls, line.calls_seen),
        "calls_observable": line.calls_seen.share,
        "last_call_at": _at(use.last_seen, _never(line.calls_seen)),
        "active_keys": keys if row.kind == "user" else "",
        "mfa": mfa if row.kind == "user" else "",
        "listing": _said(part) if part else "seen",
        "listed_at": _at(row.listed_at, NEVER),
    }


def coverage(connection: Connection, scope: Scope, query: Filter, _now: datetime) -> Iterator[Row]:
    """Yield each stretch of each strip, the worst account first; then the accounts of which no stream is known.

    Behind them stands what proves the log files (`class` is "log files"). With `region=` it is each stretch of each
    stream and channel of that Region of one account, and nothing else.

    Raises:
        InvalidInput: a Region is asked for of no account, or of several.
    """
    narrowed, names = narrowed_to(connection, scope, query)
    if query.kept("region"):
        yield from _of_region(connection, narrowed, query, names)
        return
    strips = strips_over(connection, narrowed, query.since.at, query.until.at)
    only_holes = query.values("show") == ("holes",)
    for own in worst_first((s for s in strips if s.holes or not only_holes), names).values():
        for strip in own:
            yield from _stretches(strip, names)
    drawn = {strip.account for strip in strips}
    for account, name in names.items():
        if account not in drawn and narrowed.holds(account):
            yield _unknown(account, name)

    yield from _integrity(connection, narrowed, query, names)


def _unknown(account: int, name: str, region: str = "") -> dict[str, str]:
    return dict.fromkeys(COVERAGE.columns, "") | {
        "account": account_text(account),
        "account_name": name,
        "region": region,
        "observable": NOT_OBSERVABLE,
        "state": "unknown",
        "reason": "no stream is known here",
    }


def _of_region(connection: Connection, scope: Scope, query: Filter, names: Mapping[int, str]) -> Iterator[Row]:
    region, accounts = query.kept("region") or "", sorted(scope.accounts or ())
    if len(accounts) != 1:
        raise InvalidInput(f"region={region[:40]} needs one account")
    known = tuple(stream_pages.streams_in(connection, scope, accounts[0], region).values())
    if not known:
        yield _unknown(accounts[0], names.get(accounts[0], ""), region)
        return
    only_holes = query.values("show") == ("holes",)
    alike = strips_of_alike(connection, scope, accounts[0], known, query.since.at, query.until.at)
    for streams, strips in sorted(alike, key=least_observed_first):
        for stream in streams:
            for strip in (one for one in strips if one.holes or not only_holes):
                for row in _stretches(strip, names):
                    yield {**row, "stream": stream.name, "arn": stream.arn}


def _integrity(connection: Connection, scope: Scope, query: Filter, names: Mapping[int, str]) -> Iterator[Row]:
    """Yield what digests prove of the log files of each trail, Region and time; with `show=holes` what they do not."""
    start, end = query.since.at, query.until.at
    only_holes = query.values("show") == ("holes",)
    for run in integrity.runs(connection, scope, start, end):
        stretch = run.stretch
        if only_holes and stretch.judged.verdict is Verdict.VERIFIED:
            continue
        yield {
            "account": account_text(run.account),
            "account_name": names.get(run.account, ""),
            "region": run.region,
            "class": "log files",
            "streams": "",
            "observable": "",
            "start": iso(max(stretch.start, start)),
            "end": iso(min(stretch.end, end)),
            "state": stretch.judged.verdict.value,
            "reason": "; ".join(filter(None, (f"trail {run.trail}" if run.trail else "", stretch.judged.why))),
            **_NO_STREAM,
        }


def _stretches(strip: Strip, names: Mapping[int, str]) -> Iterator[Row]:
    for stretch in strip.stretches:
        yield {
            "account": account_text(strip.account),
            "account_name": names.get(strip.account, ""),
            "region": strip.region,
            "class": strip.kind.value,
            "streams": str(strip.streams),
            "observable": share_of(strip),
            "start": iso(stretch.start),
            "end": iso(stretch.end),
            "state": stretch.state.value.replace("_", " "),
            "reason": stretch.reason,
            **_NO_STREAM,
        }


def narrowed_to(connection: Connection, scope: Scope, query: Filter) -> tuple[Scope, dict[int, str]]:
    """Return the scope within the accounts that the filter names, and the names of all that the scope holds.

    Raises:
        InvalidInput: it names one that is none here: the file would hold other rows than were asked for.
    """
    names = dict(shell.account_names(connection, scope))
    chosen, unknown = chosen_accounts(query.values("account"), names)
    if unknown:
        raise InvalidInput("\n".join(f"account={text} is not an account here" for text in unknown))
    return scope.narrowed(chosen), names


def _unseen(connection: Connection, scope: Scope) -> dict[tuple[int, str, str], Part]:
    found = account_page.unseen_parts(connection, scope)
    return {(account, part.name, part.region): part for account, part in found}


def _said(part: Part) -> str:
    """Return why a part could not be read at the last attempt, and since when what is kept stands."""
    what = " ".join(filter(None, (part.name, part.region)))
    why = " ".join(filter(None, (part.state.value.replace("_", " "), part.missing)))
    return f"{what}: {why}, " + (f"kept as of {iso(part.seen_at)}" if part.seen_at else "never read")


def _count(n: int, seen: Seen) -> str:
    return str(n) if n else seen.none


def _never(seen: Seen) -> str:
    return NEVER if seen.is_whole else seen.none


def _at(at: datetime | None, otherwise: str) -> str:
    return otherwise if at is None else iso(at)
