"""Devices: sessions that the AWS IoT credentials provider takes for the holder of a certificate.

Source: AWS IoT Developer Guide, "Authorizing direct calls to AWS services using AWS IoT Core credential provider". That
the provider's AssumeRole is recorded as its own call, and that it names the session by the certificate's ID, is
inferred: see app/core/assumptions.
"""

import re

from app.core.model.event import ActorKind
from app.core.model.session import IssuedSession

PROVIDER = "credentials.iot.amazonaws.com"
CERTIFICATE_ID = r"[0-9a-f]{64}"


def is_certificate_id(name: str) -> bool:
    """Return whether a session's name has the form of a certificate's ID."""
    return re.fullmatch(CERTIFICATE_ID, name) is not None


def is_of_device(session: IssuedSession) -> bool:
    """Return whether the credentials provider asked for the session. Its name alone says nothing: callers choose it."""
    return session.caller.kind is ActorKind.SERVICE and session.caller.principal == PROVIDER
