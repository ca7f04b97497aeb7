"""Questions that several detections ask of a call."""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address, ip_network

from app.core.kvs.actions import ACTIONS, PREFIX, Group
from app.core.model.event import ActorKind, Event
from app.core.rules.facts import DetectionFacts
from app.core.rules.names import name_of

_DENIED = ("AccessDenied", "NotAuthorized", "Unauthorized")
_DENIED_SUFFIX = "UnauthorizedOperation"
_SSO_ROLE = "AWSReservedSSO_"
RECORDED_MEDIA = frozenset(
    action.name
    for action in ACTIONS.values()
    if action.exposes_media and action.group in {Group.MEDIA_READ_ARCHIVE, Group.PLAYBACK_URL}
)
"""The actions with which recorded media are fetched."""
_IPV4_PREFIX, _IPV6_PREFIX = 24, 48
_IPV4 = 4


def within(facts: DetectionFacts) -> Iterator[Event]:
    """Yield the events of the day judged, oldest first."""
    return (event for event in facts.events if event.event_time in facts.window)


def is_kvs(event: Event) -> bool:
    """Whether it is a KVS call; AWS shows the source of media calls nowhere, so the action decides too."""
    return event.source.startswith(PREFIX) or event.action in ACTIONS


def reads_media(event: Event) -> bool:
    """Whether the call, where it succeeds, shows somebody what a camera records or recorded."""
    action = ACTIONS.get(event.action)
    return action is not None and action.exposes_media


def reads_recorded_media(event: Event) -> bool:
    """Whether the call asks for recorded media."""
    return event.action in RECORDED_MEDIA


def is_denied(event: Event) -> bool:
    """Whether the call was refused for lack of permission.

    KVS documents NotAuthorizedException and AccessDeniedException; its one public record says AccessDenied
    (domain corrections, 19).
    """
    code = event.error_code or ""
    return code.startswith(_DENIED) or code.endswith(_DENIED_SUFFIX)


def succeeded(event: Event) -> bool:
    """Whether the call went through."""
    return not event.error_code


def reader_of(event: Event) -> str:
    """Return who reads, as steadily as the record tells: the person behind a shared role, else the principal.

    The session name of an IAM Identity Center role is the person's; that of any other role is the caller's choice.
    """
    return reader_key(event.actor.principal, event.actor.person, event.actor.session_name)


def reader_key(principal: str, person: str | None, session_name: str | None) -> str:
    """Return the reader of a call by what its record tells: see `reader_of`."""
    if person:
        return f"{principal} {person}"
    if session_name and name_of(principal).startswith(_SSO_ROLE):
        return f"{principal} {session_name}"
    return principal


def reader_name(reader: str) -> str:
    """Return a reader as people say it: the person, or the name of the role or user."""
    role, _, person = reader.partition(" ")
    return person or name_of(role)


@lru_cache(65_536)  # a day's calls come from few addresses, and each is asked of many times
def network_of(address: str | None, vpc_endpoint_id: str | None) -> str | None:
    """Return the network of a call: a public /24 or /48, or a private address's endpoint and /24; None: no address.

    Service names ("AWS Internal", "rekognition.amazonaws.com") are no networks (domain corrections, 18).
    """
    if address is None:
        return None
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    prefix = _IPV4_PREFIX if parsed.version == _IPV4 else _IPV6_PREFIX
    network = str(ip_network(f"{address}/{prefix}", strict=False))
    return f"{network} by {vpc_endpoint_id}" if vpc_endpoint_id else network


def is_by_service(event: Event) -> bool:
    """Whether an AWS service made the call for somebody: its address and pace say nothing about that somebody."""
    return event.invoked_by is not None or event.actor.kind is ActorKind.SERVICE
