"""Tells what the checks see of a record.

This runs on every record that is kept: plain tuples in the order of the fields of SeenCall and SeenSession, which are
made of them only for a look that is new (docs/ingest.md tells the cost).
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from app.core.assumptions._calls import LONG_CALLS, READING_CALLS
from app.core.lineage.actor import actor_of, is_of_identity_center
from app.core.lineage.device import CERTIFICATE_ID
from app.core.model.event import ActorKind, Event
from app.core.model.session import IssuedSession
from app.core.normalise.values import moment
from app.core.trailfile.kinds import KVS_RESOURCE_PREFIX
from app.core.trailfile.shape import SessionContext, Shape, UserIdentity, WebIdFederation, identity_of, text

LONGEST_ROLE_SESSION = timedelta(hours=12)
"""IAM User Guide, "IAM and AWS STS quotas"; of a role alias too (AWS IoT Developer Guide)."""
_UNAUTHORIZED = "is not authorized to perform"
_SERVICE_ROLE = ":role/aws-service-role/"
_READING = frozenset(READING_CALLS)
_NOTHING = (None, None)
_NOBODY, _NO_CONTEXT = UserIdentity(), SessionContext()


def seen_call(shape: Shape, event: Event) -> tuple[Any, ...]:
    """Return the fields of a SeenCall."""
    action = event.action
    caller, ends = _caller(bytes(shape.identity))
    names, times = _asked(shape) if action in _READING else _NOTHING
    return (
        action,
        event.source,
        event.is_data_event,
        event.is_read_only,
        event.error_code,
        event.error_message is not None and _UNAUTHORIZED in event.error_message,
        *caller,
        bool(shape.resources) and _names_resource(shape),
        event.stream is not None,
        action in LONG_CALLS and ends is not None and event.event_time > ends,
        names,
        times,
    )


def seen_session(shape: Shape, session: IssuedSession) -> tuple[Any, ...]:
    """Return the fields of a SeenSession."""
    service = session.caller.principal if session.caller.kind is ActorKind.SERVICE else ""
    name = session.session_name
    by_saml = session.action == "AssumeRoleWithSAML" and is_of_identity_center(session.role_arn)
    user = shape.user_identity.user_name if by_saml and shape.user_identity is not None else None
    return (
        session.action,
        service,
        session.error_code is not None,
        name is not None,
        bool(service and name) and re.fullmatch(CERTIFICATE_ID, name or "") is not None,
        user is not None,
        user is not None and name == user,
    )


# ---------------------------------------------------------------- who


@lru_cache(16_384)
def _caller(raw: bytes) -> tuple[tuple[Any, ...], datetime | None]:
    """Return what the userIdentity `raw` shows, the fields of a SeenCall from `identity` to `has_subject`, and its end.

    The end is when the session's credentials have run out for certain. A session makes many calls: hence the cache.
    """
    identity = identity_of(raw)
    principal = actor_of(identity).principal
    identity = identity or _NOBODY
    context = identity.session_context or _NO_CONTEXT
    federation = context.web_id_federation_data
    issued = moment(context.attributes.creation_date) if context.attributes is not None else None
    seen = (
        identity.type or "",
        (identity.access_key_id or "")[:4],
        context.attributes is not None,
        _SERVICE_ROLE in principal,
        bool(identity.invoked_by),
        "" if federation is None else federation.federated_provider or "",
        federation is not None and _has_subject(federation),
    )
    return seen, None if issued is None else issued + LONGEST_ROLE_SESSION


def _has_subject(federation: WebIdFederation) -> bool:
    given = federation.attributes or {}
    return bool(federation.federated_provider) and bool(text(given.get(f"{federation.federated_provider}:sub")))


# ---------------------------------------------------------------- what


def _names_resource(shape: Shape) -> bool:
    for resource in shape.resources or ():
        if resource.resource_arn and resource.type is not None and resource.type.startswith(KVS_RESOURCE_PREFIX):
            return True
    return False


def _asked(shape: Shape) -> tuple[tuple[str, ...] | None, bool | None]:
    """Return the names of the parameters, and whether the times among them could be read."""
    request = _request(shape)
    if request is None:
        return _NOTHING
    names: list[str] = []
    times: list[Any] = []
    _collect(request, "", names, times)
    return tuple(names), all(moment(value) is not None for value in times) if times else None


def _request(shape: Shape) -> dict[str, Any] | None:
    """Return requestParameters as they are spelled; None where there are none, or none that can be read."""
    try:
        value = msgspec.json.decode(shape.request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _collect(members: dict[str, Any], above: str, names: list[str], times: list[Any]) -> None:
    """Add each parameter and, down to the times of a selector, each of its members; lists are not entered."""
    for name, value in members.items():
        names.append(above + name)
        if isinstance(value, dict):
            if above.count(".") < _DEEPEST:
                _collect(value, f"{above}{name}.", names, times)
        elif name in _TIMES or name.lower() in _TIMES:
            times.append(value)


_DEEPEST = 2
_TIMES = frozenset({"startTimestamp", "endTimestamp", "starttimestamp", "endtimestamp"})
