"""One CloudTrail record becomes an Event or an IssuedSession, whatever source brought it.

Source: CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events";
KVS Developer Guide, "Log API calls with AWS CloudTrail"; IAM User Guide, "Logging IAM and AWS STS API calls
with AWS CloudTrail". No record of a media call is public, so the names of its parameters follow the rule that
the printed examples show (the API's name with a small first letter) and are read in any case.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from app.core.digits import ACCOUNT_DIGITS, number
from app.core.ledger.emulated import is_emulated
from app.core.lineage.actor import actor_of, key_kind_of
from app.core.model.event import URL_LIFE_UNTOLD, Actor, ActorKind, Event, KeyKind
from app.core.model.session import IssuedSession, IssuedToken
from app.core.normalise.access_change import targets_of
from app.core.normalise.footage import footage_of
from app.core.normalise.values import moment, nested, whole
from app.core.trailfile.kinds import KVS_RESOURCE_PREFIX, Kind, kind_of
from app.core.trailfile.shape import MalformedRecord, Shape, UserIdentity, identity_of, object_of, text


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
    identity, actor, key_kind = _who(bytes(shape.identity))
    request = object_of(shape.request)
    source = (shape.event_source or "").strip()
    action = shape.event_name or "unknown"
    time = event_time(shape)
    kind = kind_of(source, action, shape.resource_types)
    is_kvs = kind is Kind.KVS
    url_expires_s = url_lifetime_s(action, shape.error_code, request) if is_kvs else None
    return Event(
        account=account_of(shape, identity, place),
        event_id=event_id(shape, raw),
        event_time=time,
        source=source,
        action=action,
        region=shape.aws_region or place.region or "",
        actor=actor,
        access_key=(identity.access_key_id or None) if identity is not None else None,
        key_kind=_of_console(key_kind, actor, shape),
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
        url_expires_s=url_expires_s,
        footage=footage_of(action, request, time, url_expires_s) if is_kvs else None,
        vpc_endpoint_id=shape.vpc_endpoint_id or None,
        invoked_by=(identity.invoked_by or None) if identity is not None else None,
        targets=targets_of(action, request, object_of(shape.response), actor) if kind is Kind.ACCESS else (),
        addendum_of=corrected(shape),
        addendum_reason=(shape.addendum.reason or None) if shape.addendum is not None else None,
    )


def issued_session(shape: Shape, raw: bytes, place: Place = NOWHERE) -> IssuedSession:
    """Return the session that an AssumeRole* record issued, or was refused.

    Its sessionToken is not read: an expired credential is a credential. The role is in requestParameters, in
    resources[] where a service assumed it, and of a denied call in the error message at most: `role_arn` is
    "" when none names it.

    Raises:
        MalformedRecord: without a time or an account.
    """
    identity, actor, _ = _who(bytes(shape.identity))
    request, response = object_of(shape.request), object_of(shape.response)
    credentials = nested(response.get("credentials"))
    return IssuedSession(
        account=account_of(shape, identity, place),
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
        addendum_of=corrected(shape),
    )


def issued_token(shape: Shape, raw: bytes, place: Place = NOWHERE) -> IssuedToken | None:
    """Return the key that a GetSessionToken record gave out; None: it was refused, or does not tell.

    One without the key that it was asked for with, which is allowed, does not tell where the given one comes from.

    Raises:
        MalformedRecord: without a time or an account.
    """
    identity, actor, kind = _who(bytes(shape.identity))
    key = text(nested(object_of(shape.response).get("credentials")).get("accesskeyid"))
    if key is None or identity is None or not identity.access_key_id:
        return None
    return IssuedToken(
        account=account_of(shape, identity, place),
        event_id=event_id(shape, raw),
        event_time=event_time(shape),
        access_key=key,
        is_of_long_term=actor.kind is ActorKind.USER and kind is KeyKind.LONG_TERM,
        is_emulated=is_emulated(shape),
    )


def _of_console(kind: KeyKind, actor: Actor, shape: Shape) -> KeyKind:
    """Return the kind of a key: a user who signed in to the console has it by a password, not by a long-term key.

    Of a console session sessionCredentialFromConsole is true, else it is absent ("CloudTrail record contents"). With a
    token of GetFederationToken one gets there too.
    """
    is_console = str(shape.session_credential_from_console).lower() == "true"
    is_signed_in = is_console and kind is KeyKind.TEMPORARY_OF_USER and actor.kind is not ActorKind.FEDERATED
    return KeyKind.TEMPORARY if is_signed_in else kind


@lru_cache(16_384)
def _who(identity: bytes) -> tuple[UserIdentity | None, Actor, KeyKind]:
    """Return what userIdentity says of the caller. A session makes many calls with the same one: hence the cache."""
    found = identity_of(identity)
    return found, actor_of(found), key_kind_of(found)


# ---------------------------------------------------------------- the key of a record

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_CONTENT = UUID("6b767377-6174-4368-8000-636f6e74656e")
_CORRECTION = "UPDATED_DATA"
_FIRST_YEAR, _LAST_YEAR = 2010, 2100


def event_id(shape: Shape, raw: bytes) -> str:
    """Return the record's GUID, or one made of `raw` where it has none.

    Samples and anonymised logs give many records the same "1": only their content tells them apart. The same bytes give
    the same ID every time, so storing them twice stays storing them once.
    """
    given = (shape.event_id or "").lower()
    # A correction under the ID of what it corrects would be taken for its copy, and be lost.
    if _GUID.fullmatch(given) and given != corrected(shape):
        return given
    return str(uuid5(_CONTENT, raw.decode("utf-8", "replace")))


def corrected(shape: Shape) -> str | None:
    """Return the eventID of the record that this one corrects, in small letters; None when it corrects none.

    Only UPDATED_DATA is a correction; DELIVERY_DELAY and SERVICE_OUTAGE say why a record comes late ("CloudTrail record
    contents": addendum, originalEventID).
    """
    addendum = shape.addendum
    if addendum is None or addendum.reason != _CORRECTION:
        return None
    return addendum.original_event_id.lower() if addendum.original_event_id else None


def event_time(shape: Shape) -> datetime:
    """Return when AWS completed the request, UTC.

    Raises:
        MalformedRecord: when eventTime is missing or no time that CloudTrail could have written.
    """
    time = _moment(shape.event_time)
    if time is None:
        raise MalformedRecord(f"eventTime is not a time: {shape.event_time!r}")
    if not _FIRST_YEAR <= time.year < _LAST_YEAR:
        raise MalformedRecord(f"eventTime is not of this age: {shape.event_time!r}")
    return time


@lru_cache(8_192)
def _moment(text_form: str | None) -> datetime | None:
    """Return a time of a record. Those of a file lie within minutes, in whole seconds: hence the cache."""
    return moment(text_form)


def account_of(shape: Shape, identity: UserIdentity | None, place: Place = NOWHERE) -> int:
    """Return the account that received the record: its own field, else the place's, else the caller's.

    Raises:
        MalformedRecord: when none of them is a number of at most 12 digits.
    """
    account = _account(shape.recipient_account)
    if account is None:
        account = place.account
    if account is None and identity is not None:
        account = _account(identity.account_id)
    if account is not None:
        return account
    raise MalformedRecord(f"the record names no account: recipientAccountId is {shape.recipient_account!r}")


@lru_cache(4_096)
def _account(digits: str | None) -> int | None:
    """Return an account's number. An account has many records: hence the cache."""
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
    if not request:
        return URL_LIFE_UNTOLD
    given = whole(request.get("expires"))
    return given if given is not None and 0 < given <= _LONGEST_URL_LIFETIME_S else _DEFAULT_URL_LIFETIME_S


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
    assumed = text(nested(response.get("assumedroleuser")).get("arn"))
    return assumed.rsplit("/", 1)[1] or None if assumed is not None and assumed.count("/") > 1 else None


def _first_text(values: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        found = text(values.get(name))
        if found is not None:
            return found
    return None
