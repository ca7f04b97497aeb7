"""One CloudTrail record becomes an Event or an IssuedSession, whatever source brought it.

Source: CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events";
KVS Developer Guide, "Log API calls with AWS CloudTrail"; IAM User Guide, "Logging IAM and AWS STS API calls
with AWS CloudTrail". No record of a media call is public, so the names of its parameters follow the rule that
the printed examples show (the API's name with a small first letter) and are read in any case.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from app.core.digits import ACCOUNT_DIGITS, number
from app.core.lineage.actor import actor_of, key_kind_of
from app.core.model.event import Event
from app.core.model.session import IssuedSession
from app.core.normalise.access_change import targets_of
from app.core.trailfile.kinds import KVS_RESOURCE_PREFIX, Kind, kind_of
from app.core.trailfile.shape import MalformedRecord, Shape, UserIdentity, object_of, text


@dataclass(frozen=True, slots=True)
class Place:
    """What the place of a record says where the record itself does not: old records have no recipientAccountId."""

    account: int | None = None
    region: str | None = None


NOWHERE = Place()


def event(shape: Shape, raw: bytes, place: Place = NOWHERE) -> Event:
    """Return the event that `shape`, decoded from `raw`, tells of.

    Raises:
        MalformedRecord: without a time or an account: no key could be made of it.
    """
    identity = shape.user_identity
    request = object_of(shape.request)
    actor = actor_of(identity)
    source = (shape.event_source or "").strip()
    action = shape.event_name or "unknown"
    time = event_time(shape)
    kind = kind_of(source, action, tuple(resource.type for resource in shape.resources or ()))
    is_kvs = kind is Kind.KVS
    footage_from, footage_to = footage(action, request, time) if is_kvs else (None, None)
    return Event(
        account=account_of(shape, place),
        event_id=event_id(shape, raw),
        event_time=time,
        source=source,
        action=action,
        region=shape.aws_region or place.region or "",
        actor=actor,
        access_key=(identity.access_key_id or None) if identity is not None else None,
        key_kind=key_kind_of(identity),
        address=shape.source_ip_address or None,
        user_agent=shape.user_agent or None,
        stream=stream_of(shape, request) if is_kvs else None,
        error_code=shape.error_code or None,
        error_message=shape.error_message or None,
        is_read_only=shape.read_only,
        is_data_event=is_data_event(shape),
        shared_event_id=shape.shared_event_id or None,
        request_id=shape.request_id or None,
        api_name=text(request.get("apiname")),
        url_expires_s=url_lifetime_s(action, shape.error_code, request),
        footage_from=footage_from,
        footage_to=footage_to,
        vpc_endpoint_id=shape.vpc_endpoint_id or None,
        invoked_by=(identity.invoked_by or None) if identity is not None else None,
        targets=targets_of(action, request, object_of(shape.response), actor) if kind is Kind.ACCESS else (),
        addendum_of=shape.addendum.original_event_id if shape.addendum is not None else None,
    )


def issued_session(shape: Shape, raw: bytes, place: Place = NOWHERE) -> IssuedSession:
    """Return the session that an AssumeRole* record issued, or was refused.

    Its sessionToken is not read: an expired credential is a credential. The role is in requestParameters, in
    resources[] where a service assumed it, and of a denied call in the error message at most: `role_arn` is
    "" when none names it.

    Raises:
        MalformedRecord: without a time or an account.
    """
    identity = shape.user_identity
    request, response = object_of(shape.request), object_of(shape.response)
    credentials = _object(response.get("credentials"))
    actor = actor_of(identity)
    return IssuedSession(
        account=account_of(shape, place),
        event_id=event_id(shape, raw),
        event_time=event_time(shape),
        region=shape.aws_region or place.region or "",
        action=shape.event_name or "unknown",
        role_arn=_role_of(shape, request),
        session_name=text(request.get("rolesessionname")) or _session_name_of(response),
        access_key=text(credentials.get("accesskeyid")),
        expires_at=moment(credentials.get("expiration")),
        caller=actor,
        caller_key=(identity.access_key_id or None) if identity is not None else None,
        source_identity=text(request.get("sourceidentity")) or text(response.get("sourceidentity")),
        external_id_given=request.get("externalid") is not None,
        address=shape.source_ip_address or None,
        user_agent=shape.user_agent or None,
        error_code=shape.error_code or None,
        shared_event_id=shape.shared_event_id or None,
        mfa_serial=text(request.get("serialnumber")),
    )


# ---------------------------------------------------------------- the key of a record

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_CONTENT = UUID("6b767377-6174-4368-8000-636f6e74656e")
_FIRST_YEAR, _LAST_YEAR = 2010, 2100


def event_id(shape: Shape, raw: bytes) -> str:
    """Return the record's GUID, or one made of `raw` where it has none.

    Samples and anonymised logs give many records the same "1": only their content tells them apart. The same bytes give
    the same ID every time, so storing them twice stays storing them once.
    """
    given = shape.event_id
    if given and _GUID.fullmatch(given):
        return given.lower()
    return str(uuid5(_CONTENT, raw.decode("utf-8", "replace")))


def event_time(shape: Shape) -> datetime:
    """Return when AWS completed the request, UTC.

    Raises:
        MalformedRecord: when eventTime is missing or no time that CloudTrail could have written.
    """
    time = moment(shape.event_time)
    if time is None:
        raise MalformedRecord(f"eventTime is not a time: {shape.event_time!r}")
    if not _FIRST_YEAR <= time.year < _LAST_YEAR:
        raise MalformedRecord(f"eventTime is not of this age: {shape.event_time!r}")
    return time


def account_of(shape: Shape, place: Place = NOWHERE) -> int:
    """Return the account that received the record: its own field, else the place's, else the caller's.

    Raises:
        MalformedRecord: when none of them is a number of at most 12 digits.
    """
    identity = shape.user_identity or UserIdentity()
    for account in (_account(shape.recipient_account), place.account, _account(identity.account_id)):
        if account is not None:
            return account
    raise MalformedRecord(f"the record names no account: recipientAccountId is {shape.recipient_account!r}")


def _account(digits: str | None) -> int | None:
    return None if digits is None else number(digits, ACCOUNT_DIGITS)


def is_data_event(shape: Shape) -> bool | None:
    """Return whether the call is a data event; None where a record of before version 1.06 does not tell."""
    if shape.event_category:
        return shape.event_category == "Data"
    return None if shape.management_event is None else not shape.management_event


# ---------------------------------------------------------------- what was called

_ARN_KEYS = ("streamarn", "channelarn", "resourcearn")
_NAME_KEYS = ("streamname", "channelname")


def stream_of(shape: Shape, request: Mapping[str, Any]) -> str | None:
    """Return the ARN of the stream or channel that the call was about, else its name, else None.

    `resources[]` is AWS's own reading; then the request, whose caller may send name or ARN; then the
    response, because CreateStream alone makes an ARN known.
    """
    for resource in shape.resources or ():
        if resource.resource_arn and (resource.type or "").startswith(KVS_RESOURCE_PREFIX):
            return resource.resource_arn
    asked = _first_text(request, _ARN_KEYS)
    return asked or _first_text(object_of(shape.response), _ARN_KEYS) or _first_text(request, _NAME_KEYS)


_PLAYBACK_URLS = frozenset({"GetHLSStreamingSessionURL", "GetDASHStreamingSessionURL"})
_DEFAULT_URL_LIFETIME_S = 300
_LONGEST_URL_LIFETIME_S = 43_200
"""KVS API Reference, GetHLSStreamingSessionURL and GetDASHStreamingSessionURL: Expires."""


def url_lifetime_s(action: str, error_code: str | None, request: Mapping[str, Any]) -> int | None:
    """Return for how long the playback URL that the call issued is valid; None when it issued none."""
    if action not in _PLAYBACK_URLS or error_code:
        return None
    given = request.get("expires")
    is_lifetime = isinstance(given, int) and not isinstance(given, bool) and 0 < given <= _LONGEST_URL_LIFETIME_S
    return given if is_lifetime else _DEFAULT_URL_LIFETIME_S


_SELECTORS = ("clipfragmentselector", "hlsfragmentselector", "dashfragmentselector", "fragmentselector")


def footage(action: str, request: Mapping[str, Any], time: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the interval of video that the call asked for; None where the request leaves an end open or does not tell.

    GetMedia reads from its start selector on: NOW is the time of the call. What EARLIEST, a continuation
    token or a fragment number means depends on what was stored then, and stays None.
    """
    start = _object(request.get("startselector"))
    if action == "GetMedia" and start:
        if text(start.get("startselectortype")) == "NOW":
            return time, None
        return moment(start.get("starttimestamp")), None
    for name in _SELECTORS:
        interval = _object(_object(request.get(name)).get("timestamprange"))
        if interval:
            return moment(interval.get("starttimestamp")), moment(interval.get("endtimestamp"))
    return moment(request.get("starttimestamp")), moment(request.get("endtimestamp"))


# ---------------------------------------------------------------- an AssumeRole* record

_DENIED_RESOURCE = re.compile(r"on resource: (arn:[^\s:]*:iam::\d{12}:role/\S+)", re.ASCII)


def _role_of(shape: Shape, request: Mapping[str, Any]) -> str:
    asked = text(request.get("rolearn"))
    if asked is not None:
        return asked
    for resource in shape.resources or ():
        if resource.type == "AWS::IAM::Role" and resource.resource_arn:
            return resource.resource_arn
    denied = _DENIED_RESOURCE.search(shape.error_message or "")
    return denied[1] if denied is not None else ""


def _session_name_of(response: Mapping[str, Any]) -> str | None:
    assumed = text(_object(response.get("assumedroleuser")).get("arn"))
    return assumed.rsplit("/", 1)[1] or None if assumed is not None and assumed.count("/") > 1 else None


# ---------------------------------------------------------------- values

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPELLED = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}):(\d{2})\s([AP])M")
"""`Jan 22, 2021 12:46:28 AM` and `Jul 18, 2023, 4:07:39 PM`: both are in AWS's own examples of `expiration`."""


_LAST_SECOND = 100_000_000_000
"""Of the year 5138; a larger number counts milliseconds."""


def moment(value: Any) -> datetime | None:
    """Return a time of a record, UTC, in any form that CloudTrail writes; None when it is none of them.

    ISO 8601 basic or extended, with fraction or without; the spelled form; seconds or milliseconds since
    1970. A time without an offset is UTC: CloudTrail knows no other.
    """
    try:
        if isinstance(value, str):
            return _moment_of_text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > _LAST_SECOND else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _moment_of_text(value: str) -> datetime | None:
    spelled = _SPELLED.fullmatch(value)
    if spelled is None:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    month, day, year, hour, minute, second, half = spelled.groups()
    hour_of_day = int(hour) % 12 + (12 if half == "P" else 0)
    return datetime(int(year), _MONTHS.index(month) + 1, int(day), hour_of_day, int(minute), int(second), tzinfo=UTC)


def _object(value: Any) -> dict[str, Any]:
    """Return a nested object with its keys in lower case; empty when it is none."""
    return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}


def _first_text(values: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        found = text(values.get(name))
        if found is not None:
            return found
    return None
