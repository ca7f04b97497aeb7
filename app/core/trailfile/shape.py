r"""The fields of one CloudTrail record that kvswatch reads, and their decoding from JSON.

Source: CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events"
and "CloudTrail userIdentity element". Every field may be missing or null; what has a surprising type is taken
over as far as it fits and never costs the record. The parts whose keys differ by call stay JSON (`request`,
`response`, `additional`).
"""

import json
from functools import lru_cache
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Raw, Struct

from app.core.errors import InvalidInput
from app.core.trailfile.needles import find

_SPELLING = {
    "arn": "arn",
    "event_id": "eventID",
    "request_id": "requestID",
    "shared_event_id": "sharedEventID",
    "original_event_id": "originalEventID",
    "identity": "userIdentity",
    "request": "requestParameters",
    "response": "responseElements",
    "additional": "additionalEventData",
    "recipient_account": "recipientAccountId",
    "source_ip_address": "sourceIPAddress",
    "resource_arn": "ARN",
}


def _as_in_cloudtrail(name: str) -> str:
    first, *others = name.split("_")
    return _SPELLING.get(name) or first + "".join(word.capitalize() for word in others)


class _Part(Struct, gc=False, rename=_as_in_cloudtrail):
    """Part of a record. Not tracked by the collector: these have no cycles and there are millions of them."""


class SessionIssuer(_Part):
    """Who issued the session: the role, or the user or root behind a federated one."""

    type: str | None = None
    arn: str | None = None
    account_id: str | None = None
    principal_id: str | None = None
    user_name: str | None = None


class SessionAttributes(_Part):
    """When the session was created; two date forms are in use."""

    creation_date: str | None = None
    mfa_authenticated: str | None = None


class WebIdFederation(_Part):
    """Who federated a web-identity or Cognito session."""

    federated_provider: str | None = None
    attributes: dict[str, Any] | None = None


class SessionContext(_Part):
    """userIdentity.sessionContext."""

    session_issuer: SessionIssuer | None = None
    attributes: SessionAttributes | None = None
    web_id_federation_data: WebIdFederation | None = None
    source_identity: str | None = None
    assumed_root: str | None = None


class OnBehalfOf(_Part):
    """The IAM Identity Center user for whom a session acts."""

    user_id: str | None = None
    identity_store_arn: str | None = None


class InScopeOf(_Part):
    """The resource of a service, such as a function or a task, in whose scope a session acts."""

    source_arn: str | None = None
    credentials_issued_to: str | None = None


class UserIdentity(_Part):
    """userIdentity: who signed the call."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    access_key_id: str | None = None
    user_name: str | None = None
    invoked_by: str | None = None
    identity_provider: str | None = None
    session_context: SessionContext | None = None
    on_behalf_of: OnBehalfOf | None = None
    in_scope_of: InScopeOf | None = None


class Resource(_Part):
    """One of resources[]."""

    type: str | None = None
    resource_arn: str | None = None
    account_id: str | None = None


class Addendum(_Part):
    """Which earlier record this one corrects, and why."""

    reason: str | None = None
    original_event_id: str | None = None


class Shape(_Part):
    """One record. `identity`, `request`, `response` and `additional` are JSON, empty when the record has none."""

    event_id: str | None = None
    event_time: str | None = None
    event_source: str | None = None
    event_name: str | None = None
    event_category: str | None = None
    aws_region: str | None = None
    recipient_account: str | None = None
    source_ip_address: str | None = None
    user_agent: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    read_only: bool | None = None
    management_event: bool | None = None
    request_id: str | None = None
    shared_event_id: str | None = None
    vpc_endpoint_id: str | None = None
    session_credential_from_console: str | bool | None = None
    resources: list[Resource] | None = None
    addendum: Addendum | None = None
    identity: Raw = msgspec.field(default=Raw())
    request: Raw = msgspec.field(default=Raw())
    response: Raw = msgspec.field(default=Raw())
    additional: Raw = msgspec.field(default=Raw())

    @property
    def resource_types(self) -> tuple[str | None, ...]:
        """The type of each of resources[]."""
        return tuple([resource.type for resource in self.resources]) if self.resources else ()

    @property
    def user_identity(self) -> UserIdentity | None:
        """Who signed the call. Not to be changed: the records of a session share it."""
        return identity_of(bytes(self.identity))


class MalformedRecord(InvalidInput):
    """A record that cannot be stored as an event; the message says what of it is at fault."""


_decode = msgspec.json.Decoder(Shape).decode
_decode_identity = msgspec.json.Decoder(UserIdentity | None).decode
_decode_any = msgspec.json.Decoder().decode
_NUL = b"\\u0000"


def decoded(raw: bytes) -> Shape:
    """Return the fields of one record.

    Text has no NUL and no lone surrogate: both become U+FFFD, because Postgres takes neither.

    Raises:
        MalformedRecord: when `raw` is not a JSON object.
    """
    if find(raw, _NUL) >= 0:
        return _decoded_loosely(raw)
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decoded_loosely(raw)


@lru_cache(16_384)
def identity_of(raw: bytes) -> UserIdentity | None:
    """Return the userIdentity `raw`, None where the record has none, or none that is an object.

    All calls of a session have the same one, byte for byte: hence the cache.
    """
    if _NUL not in raw:
        try:
            return _decode_identity(raw) if raw else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
    value = _parsed(raw)
    return _fitted(value, UserIdentity) if isinstance(value, dict) else None


def object_of(raw: Raw | bytes) -> dict[str, Any]:
    """Return the JSON object `raw`, its keys in lower case; empty when there is none.

    Of two keys that differ in case only, the later one holds.
    """
    if not raw:
        return {}
    try:
        value = _decode_any(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = _parsed(bytes(raw))
    return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """Return a value of a JSON object as text that Postgres takes, or None when it is not text or empty."""
    return storable(value) or None if isinstance(value, str) else None


def storable(value: str) -> str:
    """Return `value` with NUL and lone surrogates replaced by U+FFFD."""
    if value.isascii():
        return value.replace("\0", "\ufffd") if "\0" in value else value
    return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _decoded_loosely(raw: bytes) -> Shape:
    value = _parsed(raw)
    if not isinstance(value, dict):
        raise MalformedRecord("the record is not a JSON object")
    return _fitted(value, Shape)


def _parsed(raw: bytes) -> Any:
    """Parse what msgspec refuses: lone surrogates, NaN, bad UTF-8, control characters in text."""
    try:
        # Integers stay text: Python refuses more than 4,300 digits, and none of ours is calculated with.
        return json.loads(raw.decode("utf-8", "replace"), strict=False, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise MalformedRecord(f"the record is not JSON: {error}") from error


_MOST_DIGITS = 18


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


_P = TypeVar("_P", bound=_Part)


def _fitted(value: dict[str, Any], shape: type[_P]) -> _P:
    """Return a `shape` of what fits in `value`; the rest stays empty."""
    fields = msgspec.structs.fields(shape)
    found = {field.name: _fitting(value.get(field.encode_name), field.type) for field in fields}
    return shape(**{name: item for name, item in found.items() if item is not None})


def _fitting(value: Any, wanted: Any) -> Any:
    """Return `value` as the type that a field wants, or None."""
    choices = get_args(wanted)
    fitting: Any = None
    match value:
        case None:
            pass
        case _ if wanted is Raw:
            fitting = Raw(json.dumps(value).encode())
        case _ if str in choices:
            fitting = storable(value if isinstance(value, str) else json.dumps(value))
        case bool() if bool in choices:
            fitting = value
        case list() if list[Resource] in choices:
            fitting = [_fitted(item, Resource) for item in value if isinstance(item, dict)]
        case dict() if dict[str, Any] in choices:
            fitting = value
        case dict():
            fitting = next((_fitted(value, choice) for choice in choices if _is_part(choice)), None)
        case _:
            pass
    return fitting


def _is_part(choice: Any) -> bool:
    return isinstance(choice, type) and issubclass(choice, _Part)
