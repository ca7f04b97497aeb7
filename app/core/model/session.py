"""A role session as its AssumeRole* record tells it: the joint of session lineage."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from app.core.model.event import Actor


class IssuedSession(Struct, frozen=True, gc=False):
    """Temporary credentials that one AssumeRole* record issued.

    `access_key` is the issued key: it equals userIdentity.accessKeyId of every call made with the session
    (IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail"). None when the call was denied.
    `caller_key` is the key that asked, None where AWS does not log one.
    """

    account: int
    event_id: str
    event_time: datetime
    region: str
    action: str
    role_arn: str
    session_name: str | None
    access_key: str | None
    expires_at: datetime | None
    caller: Actor
    caller_key: str | None
    source_identity: str | None
    external_id_given: bool
    address: str | None
    user_agent: str | None
    error_code: str | None
    shared_event_id: str | None = None
    mfa_serial: str | None = None
    addendum_of: str | None = None
    """eventID of the record that this one corrects, in small letters."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """The key that one GetSessionToken record gave out: what it shows of an assumption is all that is asked of it."""

    account: int
    event_id: str
    event_time: datetime
    access_key: str
    is_of_long_term: bool
    """Whether it was asked for with a user's long-term key."""
    is_emulated: bool
