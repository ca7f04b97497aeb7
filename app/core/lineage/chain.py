"""From a temporary key back to who started: role sessions joined by the keys that issued them.

Source: IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail":
`responseElements.credentials.accessKeyId` of an AssumeRole* record is `userIdentity.accessKeyId` of each call made with
the session. A call across accounts is logged twice under one sharedEventID: with its caller in the caller's account,
with little more than an account number in the role's. So a chain ends where the caller's account is not read, and says
so.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.arn import account_text
from app.core.model.event import Actor, ActorKind
from app.core.model.session import IssuedSession


class End(StrEnum):
    """Why a chain stops. The first four are origins; the others are breaks: somebody stands behind, unseen."""

    USER = "user"
    SERVICE = "service"
    FEDERATION = "federation"
    IDENTITY_CENTER = "identity_center"
    FOREIGN_ACCOUNT = "foreign_account"
    NOT_SEEN = "not_seen"
    NO_CALLER_KEY = "no_caller_key"
    UNKNOWN_CALLER = "unknown_caller"
    LOOP = "loop"
    TOO_LONG = "too_long"


ORIGINS: frozenset[End] = frozenset({End.USER, End.SERVICE, End.FEDERATION, End.IDENTITY_CENTER})
MOST_HOPS = 48
"""So far a chain is followed: a role that renews its session of an hour by assuming itself does it for two days."""
COPIES_WITHIN = timedelta(minutes=1)
"""Copies of one action should be of one time. AWS does not say so, hence a minute."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One role session: the record that issued it joins `key` to its caller.

    The record names the key itself, or it is the copy of such a record in another account, by their sharedEventID.
    """

    key: str
    session: IssuedSession

    @property
    def is_by_shared_event(self) -> bool:
        """Whether only the sharedEventID joins the record to the key."""
        return self.session.access_key is None


@dataclass(frozen=True, slots=True)
class Chain:
    """The hops from the call's key backwards, newest first, and how the chain ends.

    `origin` is the last caller that is known, None when no record of the first key was seen; `why` is for people.
    """

    hops: tuple[Hop, ...]
    end: End
    origin: Actor | None
    why: str

    @property
    def is_complete(self) -> bool:
        """Whether the chain reaches somebody who did not act through another session."""
        return self.end in ORIGINS


SessionsByKey = Mapping[str, Sequence[IssuedSession]]


def chain(key: str, sessions: SessionsByKey, at: datetime, onboarded: Container[int] = ()) -> Chain:
    """Return the chain of sessions behind the temporary access key `key`, used at `at`.

    `sessions` are the records known of each issued key, copies of other accounts among them. `onboarded` are the
    accounts that are read: the caller in another one cannot be known.
    """
    hops: list[Hop] = []
    seen: set[str] = set()
    while True:
        if key in seen:
            return Chain(tuple(hops), End.LOOP, hops[-1].session.caller, f"the records of {key} lead back to it")
        if len(hops) == MOST_HOPS:
            why = f"followed back over {MOST_HOPS} sessions, and no further"
            return Chain(tuple(hops), End.TOO_LONG, hops[-1].session.caller, why)
        seen.add(key)
        session = _issuing(sessions.get(key, ()), at)
        if session is None:
            origin = hops[-1].session.caller if hops else None
            return Chain(tuple(hops), End.NOT_SEEN, origin, _not_seen(key, origin, onboarded))
        hops.append(Hop(key, session))
        end = _end(session, onboarded)
        if end is not None:
            return Chain(tuple(hops), end[0], session.caller, end[1])
        key, at = session.caller_key or "", session.event_time


def _issuing(copies: Sequence[IssuedSession], at: datetime) -> IssuedSession | None:
    """Return the record that issued the key, the copy that tells most of its caller."""
    # A key is issued before it is used; AWS stamps both with whole seconds.
    earlier = [copy for copy in copies if copy.event_time <= at]
    newest = max((copy.event_time for copy in earlier), default=at)
    # The ID of a temporary key is unique together with its secret and token alone (IAM User Guide, "IAM identifiers"):
    # what issued it before is another session.
    issuing = [copy for copy in earlier if newest - copy.event_time <= COPIES_WITHIN]
    return min(
        issuing, key=lambda copy: (copy.caller.kind in _POOR, copy.caller_key is None, copy.account), default=None
    )


_POOR = frozenset({ActorKind.ACCOUNT, ActorKind.UNKNOWN})
_ENDS = {
    ActorKind.USER: (End.USER, "a user's own credentials"),
    ActorKind.ROOT: (End.USER, "the root user's own credentials"),
    ActorKind.FEDERATED: (End.USER, "a federated session of this user"),
    ActorKind.SERVICE: (End.SERVICE, "an AWS service, on behalf of a workload or device"),
    ActorKind.WEB_IDENTITY: (End.FEDERATION, "signed in by a web identity provider"),
    ActorKind.SAML: (End.FEDERATION, "signed in by a SAML provider"),
    ActorKind.PERSON: (End.IDENTITY_CENTER, "a user of IAM Identity Center"),
    ActorKind.UNKNOWN: (End.UNKNOWN_CALLER, "the record does not name its caller"),
}


def _end(session: IssuedSession, onboarded: Container[int]) -> tuple[End, str] | None:
    """Return how the chain ends with `session`, or None when it goes on behind it."""
    caller = session.caller
    if caller.kind is ActorKind.ACCOUNT:
        return End.FOREIGN_ACCOUNT, _foreign(caller.account, onboarded)
    if caller.kind is ActorKind.ROLE:
        return None if session.caller_key else (End.NO_CALLER_KEY, "the record has no key of its caller")
    return _ENDS[caller.kind]


def _not_seen(key: str, whose: Actor | None, onboarded: Container[int]) -> str:
    """Return why the record that issued a key is missing: it lies in the account of the role whose session it is."""
    if whose is None or whose.account is None:
        return f"no record seen that issued {key}"
    if whose.account in onboarded:
        return f"no record seen of account {account_text(whose.account)} that issued {key}"
    return f"issued in account {account_text(whose.account)}, which is not onboarded: no record seen of {key}"


def _foreign(account: int | None, onboarded: Container[int]) -> str:
    if account is None:
        return "assumed from another account, which the record does not name"
    if account in onboarded:
        return f"assumed from account {account_text(account)}, whose own record of it was not seen"
    return f"assumed from account {account_text(account)}, which is not onboarded"
