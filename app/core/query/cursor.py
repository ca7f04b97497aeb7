"""Opaque keyset cursors and the address of one event."""

import base64
import binascii
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.core.arn import account_text

_SHAPE = struct.Struct(">q16sq")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REFERENCE = re.compile(
    r"(?:(\d{12})\.(\d{8}T\d{6}(?:\d{6})?)Z\.)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
)


@dataclass(frozen=True, slots=True, order=True)
class EventKey:
    """What names one event, in the order in which lists are sorted."""

    event_time: datetime
    event_id: UUID
    account: int


@dataclass(frozen=True, slots=True)
class EventReference:
    """An event as a URL names it. `key` None: the bare event id was given, without account and time."""

    event_id: UUID
    key: EventKey | None


def encoded(key: EventKey) -> str:
    """Return `key` as the opaque text of `after=` and `before=`."""
    micros = (key.event_time - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(_SHAPE.pack(micros, key.event_id.bytes, key.account)).decode().rstrip("=")


def decoded(text: str) -> EventKey | None:
    """Return the key in a cursor, or None when `text` is not one that `encoded` made."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        micros, event_id, account = _SHAPE.unpack(data)
        key = EventKey(_EPOCH + timedelta(microseconds=micros), UUID(bytes=event_id), account)
    except (binascii.Error, struct.error, ValueError, OverflowError):
        return None
    return key if encoded(key) == text else None


def reference(key: EventKey) -> str:
    """Return `key` as `event=` writes it: account, time and event id, so that no page has to search."""
    at = key.event_time.astimezone(UTC)
    clock = at.strftime("%Y%m%dT%H%M%S") + (f"{at.microsecond:06d}" if at.microsecond else "")
    return f"{account_text(key.account)}.{clock}Z.{key.event_id}"


def referenced(text: str) -> EventReference | None:
    """Return what an `event=` names, or None when it is neither a reference nor a bare event id."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return None
    event_id = UUID(found[3])
    if found[1] is None:
        return EventReference(event_id, None)
    try:
        form = "%Y%m%dT%H%M%S%f" if len(found[2]) > len("20261123T031244") else "%Y%m%dT%H%M%S"
        at = datetime.strptime(found[2], form).replace(tzinfo=UTC)
    except ValueError:
        return None
    return EventReference(event_id, EventKey(at, event_id, int(found[1])))
