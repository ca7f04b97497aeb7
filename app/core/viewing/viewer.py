"""Who a media call counts for: the person, device, user or workload behind its session, or that nobody can tell."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from app.core.lineage.behind import BehindKind, behind, named_kind
from app.core.lineage.chain import Chain, SessionsByKey, chain
from app.core.model.event import ActorKind, KeyKind
from app.core.model.media_call import MediaCall
from app.core.query.cursor import EventKey

Told = EventKey
"""By what it is looked up who a call counts for: two calls with one key may be of two sessions."""
_OWN = {ActorKind.USER: BehindKind.USER, ActorKind.ROOT: BehindKind.ROOT, ActorKind.FEDERATED: BehindKind.FEDERATED}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who stands behind calls; two are one where kind, name and `through` are the same.

    `kind` None: somebody, unseen. `name` is a person, a device's certificate or session, or the ARN of a principal:
    that of the call for a workload, whose tasks change their names, and for whoever is unseen. `through` is what stands
    at the end of its chain: the service that took a workload's session, or the last role or caller before a break.
    """

    kind: BehindKind | None
    name: str
    through: str = ""
    why: str = field(default="", compare=False)


def told(call: MediaCall) -> Told:
    """Return by what it is looked up who a call counts for."""
    return call.key


def viewers_of(calls: Iterable[MediaCall], sessions: SessionsByKey, onboarded: Container[int]) -> Mapping[Told, Viewer]:
    """Return who each call counts for; `sessions` are the records known of the keys, `onboarded` the accounts read.

    Of calls of one session the first decides, so that the order in which they come makes no difference.
    """
    alike: dict[tuple[object, ...], list[MediaCall]] = {}
    for call in calls:
        what = (call.principal_id, call.person, call.access_key, _life(call, sessions))
        alike.setdefault(what, []).append(call)
    found: dict[Told, Viewer] = {}
    for own in alike.values():
        viewer = _viewer(min(own, key=told), sessions, onboarded)
        found |= dict.fromkeys(map(told, own), viewer)
    return found


def _life(call: MediaCall, sessions: SessionsByKey) -> int:
    """Return how many records had issued the key of a call by then: the ID of a temporary key may come again."""
    return sum(session.event_time <= call.at for session in sessions.get(call.access_key or "", ()))


def keys_of(calls: Iterable[MediaCall]) -> frozenset[str]:
    """Return the temporary keys whose sessions have to be known: of a person whom the record names none has."""
    return frozenset(call.access_key for call in calls if _is_of_session(call) and call.access_key)


def _is_of_session(call: MediaCall) -> bool:
    return call.key_kind is KeyKind.TEMPORARY and not call.person


def _viewer(call: MediaCall, sessions: SessionsByKey, onboarded: Container[int]) -> Viewer:
    if call.person:
        return Viewer(named_kind(call.person), call.person, why="named by the record itself")
    if call.kind is ActorKind.SERVICE:
        return Viewer(BehindKind.WORKLOAD, call.principal, why="an AWS service called by itself")
    if call.kind in _OWN:
        return Viewer(_OWN[call.kind], call.principal, why="its own credentials")
    if not _is_of_session(call) or not call.access_key:
        return Viewer(None, call.principal, why="the record names the session, not who began it")
    return _behind(call, chain(call.access_key, sessions, call.at, onboarded))


def _behind(call: MediaCall, found: Chain) -> Viewer:
    origin = behind(found)
    if origin is None:
        return Viewer(None, call.principal, _break(found), found.why)
    if origin.kind is BehindKind.WORKLOAD:
        return Viewer(origin.kind, call.principal, origin.principal, origin.why)
    return Viewer(origin.kind, origin.name or origin.principal, why=origin.why)


def _break(found: Chain) -> str:
    """Return the last role that is known before a chain breaks, of a single one its caller."""
    if len(found.hops) > 1:
        return found.hops[-1].session.role_arn
    return found.origin.principal if found.origin is not None else ""
