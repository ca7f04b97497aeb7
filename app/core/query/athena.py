"""A filter on calls as a query of Athena over the files themselves.

For the table of the Athena User Guide, "Create a table for CloudTrail logs in Athena using manual partitioning". What
that table cannot be asked is said in comments, never left out in silence: more rows are found then.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from app.core import arn
from app.core.address import written
from app.core.digits import ACCOUNT_DIGITS, number
from app.core.query.filter import NONE, Condition, Filter, Verb
from app.core.query.literals import one_line, quoted_text
from app.core.timeline.outcome import DENIED_CODES
from app.core.trailfile.kinds import ACCESS_NAMES, TRAIL_SOURCE

_SOURCE = '"Create a table for CloudTrail logs in Athena using manual partitioning"'
_OF_KVS = "filter(resources, r -> r.type LIKE 'AWS::KinesisVideo::%')"
_IS_KVS = f"(eventsource LIKE 'kinesisvideo%' OR cardinality({_OF_KVS}) > 0)"
_CHANGES = f"eventsource IN ({', '.join(quoted_text(each) for each in sorted((TRAIL_SOURCE, *ACCESS_NAMES)))})"
"""Where the list has its other calls from: changes of trails and of permissions, both known by their names."""


def _scalar(column: str, name: str) -> str:
    return f"json_extract_scalar({column}, '$.{name}')"


def _of_name(kind: str) -> str:
    """Return what a call that names its stream alone is about, as the end of an ARN says it."""
    return f"concat(awsregion, ':', recipientaccountid, ':{kind}/', {_scalar('requestparameters', f'{kind}Name')})"


_STREAM = ",\n             ".join(
    [
        f"element_at(transform({_OF_KVS}, r -> r.arn), 1)",
        *(_scalar("requestparameters", name) for name in ("streamARN", "channelARN", "resourceARN")),
        *(_scalar("responseelements", name) for name in ("streamARN", "channelARN")),
        *map(_of_name, ("stream", "channel")),
    ]
)
_FROM = (
    f"FROM (SELECT *, CASE WHEN {_IS_KVS} THEN coalesce(\n             {_STREAM}) END AS stream\n"  # noqa: S608 - names of ours
    "      FROM cloudtrail_logs) AS calls"
)
_ISSUER = "useridentity.sessioncontext.sessionissuer.arn"
_TEXTS: Mapping[str, str] = {
    "region": "awsregion",
    "action": "eventname",
    "source": "eventsource",
    "event_id": "eventid",
    "shared_event_id": "sharedeventid",
    "user_agent": "useragent",
    "key": "useridentity.accesskeyid",
    "session": "CASE WHEN useridentity.type = 'AssumedRole' THEN split_part(useridentity.arn, '/', 3) END",
}
_PRINCIPAL = f"coalesce({_ISSUER}, useridentity.arn)"
_NAME = "CASE WHEN stream LIKE 'arn:%' THEN split_part(stream, '/', 2) ELSE substr(stream, strpos(stream, '/') + 1) END"
"""Of a refused call the name may have slashes of its own."""
_NO_CHANGES = "-- Changes of permissions and of trails are in the list too, and not asked for here."
_SLASHES = 2
"""Of the resource of a stream's ARN: stream/NAME/TIME."""
_NOT_BY_NAME = (
    "-- Left out with a stream: calls by its name alone, also those on an older or newer stream of that name."
)
_NO_WHOLE_ARN = (
    "-- Of calls by a stream's name alone its Region, account and name are looked through, not the rest of its ARN."
)


def athena(query: Filter) -> str:
    """Return the query, with a comment on each condition that it cannot express."""
    found = [(condition, _condition(condition)) for condition in query.conditions]
    untold = [one_line(_told(condition)) for condition, sql in found if sql is None]
    where = [f"eventtime >= '{_second(query.since.at)}' AND eventtime < '{_second(query.until.at)}'"]
    is_named = bool(query.values("action"))
    is_of_stream = any(one.verb is not Verb.IS_NOT and NONE not in one.values for one in query.of("stream"))
    where.append(f"({_IS_KVS} OR {_CHANGES})" if is_named else _IS_KVS)
    where += [sql for _, sql in found if sql is not None]
    return "\n".join(
        [
            f"-- For the table of the Athena User Guide, {_SOURCE}.",
            "-- Add conditions on its partitions (region, year, month, day): else every file is read, and paid for.",
            "-- Who stands behind a session, which footage was asked for, and corrections are not in this table.",
            *((_NO_CHANGES,) if not (is_named or is_of_stream) else ()),
            *((_NOT_BY_NAME,) if query.values("stream", Verb.IS_NOT) else ()),
            *((_NO_WHOLE_ARN,) if query.values("stream", Verb.CONTAINS) else ()),
            *(f"-- Not asked here, so other calls are found too: {each}" for each in untold),
            "SELECT eventtime, recipientaccountid, awsregion, eventname, errorcode, useridentity.arn,",
            "       useridentity.accesskeyid, sourceipaddress, useragent, stream, eventid",
            _FROM,
            "WHERE " + "\n  AND ".join(where),
            f"ORDER BY eventtime {'DESC' if query.sort == '-time' else 'ASC'}",
        ]
    )


def _second(at: datetime) -> str:
    """Return a time as records write it. They have whole seconds: the next one is the same border."""
    whole = at.astimezone(UTC).replace(microsecond=0)
    return f"{whole if whole == at else whole + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"


def _told(condition: Condition) -> str:
    return f"{condition.field}{condition.verb}={', '.join(condition.values)}"


def _condition(condition: Condition) -> str | None:
    """Return what a condition means in columns of the table, None where it has none for it."""
    asked = _PARTS.get(condition.field, _of_none)
    parts = list(asked(condition))
    if not parts or None in parts:
        return None
    joined = " OR ".join(part for part in parts if part is not None)
    # What is null is kept by "is not", as in the list.
    return f"NOT coalesce({joined}, FALSE)" if condition.verb is Verb.IS_NOT else f"({joined})"


def _of_none(_condition: Condition) -> Iterator[str | None]:
    yield None


def _of_text(condition: Condition) -> Iterator[str]:
    for value in condition.values:
        yield _compared(_TEXTS[condition.field], condition.verb, value)


def _of_stream(condition: Condition) -> Iterator[str]:
    for value in condition.values:
        yield _compared("stream", condition.verb, value)
        if condition.verb is not Verb.CONTAINS and value != NONE:
            named = _without_time(value)
            yield _compared("stream", condition.verb, named) if named else _compared(_NAME, condition.verb, value)


def _without_time(text: str) -> str | None:
    """Return the ARN of a stream or channel as a call that names it alone tells it; None where `text` is none."""
    found = arn.parsed(text)
    if found is None or found.resource.count("/") != _SLASHES:
        return None
    return f"{found.region}:{found.account}:{found.resource.rpartition('/')[0]}"


def _of_principal(condition: Condition) -> Iterator[str]:
    for value in condition.values:
        yield _compared(_PRINCIPAL, condition.verb, value)
        if value != NONE:
            yield _compared(f"element_at(split({_PRINCIPAL}, '/'), -1)", condition.verb, value)


def _compared(column: str, verb: Verb, value: str) -> str:
    if value == NONE:
        return f"{column} IS NULL"
    if verb is Verb.CONTAINS:
        return f"strpos(lower({column}), lower({quoted_text(value)})) > 0"
    return f"{column} = {quoted_text(value)}"


def _of_time(condition: Condition) -> Iterator[str]:
    for value in condition.values:
        yield f"eventtime = '{_second(datetime.fromisoformat(value))}'"


def _of_account(condition: Condition) -> Iterator[str | None]:
    for value in condition.values:
        is_number = number(value, ACCOUNT_DIGITS) is not None
        # Only kvswatch knows what people call an account.
        yield _compared("recipientaccountid", condition.verb, value) if is_number else None


def _of_address(condition: Condition) -> Iterator[str]:
    for value in condition.values:
        if "/" in value and condition.verb is not Verb.CONTAINS:
            yield f"contains({quoted_text(value)}, try_cast(sourceipaddress AS ipaddress))"
        else:
            same = value if condition.verb is Verb.CONTAINS else written(value)
            yield _compared("sourceipaddress", condition.verb, same)


def _of_outcome(condition: Condition) -> Iterator[str]:
    denied = ", ".join(quoted_text(code) for code in DENIED_CODES)
    known = {"ok": "errorcode IS NULL", "error": "errorcode IS NOT NULL", "denied": f"errorcode IN ({denied})"}
    for value in condition.values:
        yield known.get(value, f"errorcode = {quoted_text(value)}")


_PARTS: Mapping[str, Callable[[Condition], Iterator[str | None]]] = {
    **dict.fromkeys(_TEXTS, _of_text),
    "stream": _of_stream,
    "principal": _of_principal,
    "account": _of_account,
    "time": _of_time,
    "address": _of_address,
    "outcome": _of_outcome,
}
