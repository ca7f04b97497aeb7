"""One CloudTrail record, decoded into what kvswatch asks of it. The raw bytes are kept beside it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from app.core.model.footage import Footage


class KeyKind(StrEnum):
    """What the access key of a call is (IAM User Guide, "IAM identifiers")."""

    LONG_TERM = "long_term"
    TEMPORARY = "temporary"
    TEMPORARY_OF_USER = "temporary_of_user"
    """GetSessionToken, GetFederationToken: a temporary key whose origin is a user's long-term one."""
    NONE = "none"


class ActorKind(StrEnum):
    """Who stands behind a call, as far as its own record tells."""

    ROLE = "role"
    USER = "user"
    ROOT = "root"
    FEDERATED = "federated"
    SERVICE = "service"
    ACCOUNT = "account"
    PERSON = "person"
    WEB_IDENTITY = "web_identity"
    SAML = "saml"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """The durable principal of one userIdentity, and the session that it used.

    `principal` is the ARN of the role or user (never the assumed-role ARN, which lacks the path),
    a service name for AWSService, or a readable stand-in where AWS gives no ARN.
    `session_name` is what the caller chose: hostile.
    """

    kind: ActorKind
    principal: str
    account: int | None
    session_name: str | None = None
    person: str | None = None
    """IAM Identity Center user, SAML subject, web-identity subject or source identity, if the record names one."""


URL_LIFE_UNTOLD = 0
"""Stands for the lifetime of a playback URL whose record has no parameters. A request names at least its stream: so
they were not logged, and nobody knows whether Expires was among them."""


class Event(Struct, frozen=True, gc=False):
    """One stored event. All text is as the record had it, NUL replaced by U+FFFD.

    A struct is made in a quarter of a frozen dataclass's time, and is no work for the collector: there are millions.

    `account` is the recipient account. `stream` is a stream or channel ARN if the record gave one,
    else its name; None when the record names none (ListStreams).
    """

    account: int
    event_id: str
    event_time: datetime
    source: str
    action: str
    region: str
    actor: Actor
    access_key: str | None
    key_kind: KeyKind
    address: str | None
    user_agent: str | None
    stream: str | None
    error_code: str | None
    error_message: str | None
    is_read_only: bool | None
    is_data_event: bool | None
    shared_event_id: str | None = None
    request_id: str | None = None
    api_name: str | None = None
    """requestParameters.aPIName of GetDataEndpoint: the API that the caller is about to use."""
    url_expires_s: int | None = None
    """Lifetime of a playback URL, seconds (300 when the request gave none; KVS API reference), or URL_LIFE_UNTOLD."""
    footage: Footage | None = None
    """The video asked for; None: the call asks for none."""
    vpc_endpoint_id: str | None = None
    invoked_by: str | None = None
    targets: tuple[str, ...] = ()
    """Of a call that changes who may reach video: the roles, users, groups and policies that it names, folded."""
    addendum_of: str | None = None
    """eventID of the record that this one corrects (addendum.originalEventID), in small letters."""
    addendum_reason: str | None = None
    """Why CloudTrail wrote it so late, or again: DELIVERY_DELAY, UPDATED_DATA, SERVICE_OUTAGE."""


class Record(Struct, frozen=True, gc=False):
    """One record as it lay in a file: the exact bytes, and what was decoded from them."""

    event: Event
    raw: bytes
