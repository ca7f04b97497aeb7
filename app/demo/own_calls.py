"""The scanner's own calls as CloudTrail records: what the gate saw, logged like anybody else's."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.demo import records
from app.demo.actors import Actor, Session, iso
from app.demo.gate.ledger import LoggedCall
from app.demo.happening import Happening
from app.demo.identifiers import digest, unique_id
from app.demo.nouns import Estate

_GLOBAL = frozenset({"iam", "organizations"})
_DATA = frozenset({"s3", "cloudwatch"})
"""Services whose calls that a scanner makes (objects, metrics) are data events, which no trail here logs."""
_UNLOGGED = frozenset({"Action", "Version"})
_SOURCES = {"cognito-identity": "cognito-identity", "accessanalyzer": "access-analyzer"}
_DENIED = ("AccessDenied", "UnauthorizedOperation", "AuthorizationError")


class OwnCalls:
    """Turns logged calls into records. It remembers who was handed which key: later calls name their session."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._sessions: dict[str, Session] = {}
        self._count = 0

    def happenings(self, calls: Iterable[LoggedCall]) -> Iterator[Happening]:
        """Yield the records of `calls`, which come in order."""
        for call in calls:
            self._count += 1
            actor = self._actor(call)
            if actor is None or call.service in _DATA:
                continue
            if call.service == "sts" and call.operation == "AssumeRole":
                yield from self._assumed(call, actor)
            else:
                yield self._record(call, actor, call.account)

    def _assumed(self, call: LoggedCall, actor: Actor) -> Iterator[Happening]:
        if call.issued_key is None:
            yield self._record(call, actor, call.account)
            return
        issued = self._issued(call, call.issued_key)
        self._sessions[call.issued_key] = issued
        request = {"externalId": call.params["ExternalId"]} if "ExternalId" in call.params else {}
        yield from records.assume_role(actor, issued, issued.started_at, call.region, more=request)

    def _issued(self, call: LoggedCall, key: str) -> Session:
        arn = str(call.params["RoleArn"])
        account, role = arn.split(":")[4], arn.rsplit("/", 1)[-1]
        return Session(
            account=account,
            role=role,
            role_arn=arn,
            role_id=unique_id("AROA", account, role),
            name=str(call.params.get("RoleSessionName", "")),
            started_at=int(call.at.timestamp()),
            seconds=int(call.params.get("DurationSeconds") or 3600),
            access_key=key,
        )

    def _actor(self, call: LoggedCall) -> Actor | None:
        """Return who called; None for keys that nobody has, which AWS does not log either."""
        session = self._sessions.get(call.access_key)
        if session is not None:
            return session.actor(call.address, call.user_agent)
        if call.caller is None or call.caller.user is None:
            return None
        identity = {
            "type": "IAMUser",
            "principalId": unique_id("AIDA", call.account, call.caller.user),
            "arn": call.caller.arn,
            "accountId": call.account,
            "accessKeyId": call.access_key,
            "userName": call.caller.user,
        }
        return Actor(call.account, identity, call.address, call.user_agent, call.access_key)

    def _record(self, call: LoggedCall, actor: Actor, account: str) -> Happening:
        at = int(call.at.timestamp())
        request = {
            f"{name[0].lower()}{name[1:]}": value for name, value in call.params.items() if name not in _UNLOGGED
        }
        return records.happening(
            actor,
            at,
            f"{_SOURCES.get(call.service, call.service)}.amazonaws.com",
            call.operation,
            records.GLOBAL_REGION if call.service in _GLOBAL else call.region,
            account=account,
            request=_plain(request) or None,
            response=None,
            error=_error(call.error),
            message=None if call.error is None else f"{call.error} at {iso(at)}",
            host=f"{call.service}.{call.region}.amazonaws.com",
            nonce=digest("own call", self._count).hex(),
        )


def _error(code: str | None) -> str | None:
    """Return the code as CloudTrail has it: AccessDeniedException of JSON services becomes AccessDenied."""
    return "AccessDenied" if code is not None and code.startswith(_DENIED) else code


def _plain(value: Any) -> Any:
    """Return request parameters as JSON can hold them; times become text."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
