"""Sessions that stories have in common: programs that run all day, people who sign on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.demo import actors, records
from app.demo.actors import Actor, Session
from app.demo.happening import Happening
from app.demo.identifiers import digest
from app.demo.nouns import Account, Stream
from app.demo.resources import stream_arn
from app.demo.stories import Day

TASKS, FUNCTIONS = "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"
_START_S = 5
_HOURS = 6


@dataclass(frozen=True, slots=True)
class Program:
    """A program that runs under a role. `run` is its task or function name; the network is the one that it lives in."""

    account: Account
    role: str
    service: str
    run: str
    address: str
    agent: str = actors.SDK

    def sessions(self, day: Day) -> Iterator[Session]:
        """Yield its sessions of a day, one each six hours."""
        for hour in range(0, 24, _HOURS):
            yield self._session(day.at(hour) + _START_S)

    def issues(self, day: Day, region: str) -> Iterator[Happening]:
        """Yield the AssumeRole records of its sessions."""
        caller = actors.service(self.account.id, self.service)
        for session in self.sessions(day):
            yield from records.assume_role(caller, session, session.started_at, region)

    def at(self, day: Day, at: int) -> Actor:
        """Return it as the caller that it is at `at`."""
        hour = (at - _START_S - day.midnight) // 3600 // _HOURS * _HOURS
        return self._session(day.at(max(hour, 0)) + _START_S).actor(self.address, self.agent)

    def _session(self, started_at: int) -> Session:
        name = self.run if self.service == FUNCTIONS else digest("task", self.role, self.run, size=16).hex()
        return actors.session(self.account, self.role, name, started_at, seconds=_HOURS * 3600)


def read(caller: Actor, at: int, arn: str, action: str, **params: object) -> Iterator[Happening]:
    """Yield a media call and the GetDataEndpoint before it."""
    yield records.endpoint(caller, at, arn, _api(action))
    yield records.video_call(caller, at + 1, action, arn, params=dict(params) or None)


def signed_on(
    account: Account, permission_set: str, person: str, at: int, address: str, *, hours: int = 8
) -> tuple[Happening, Session]:
    """Return a person's sign-on and the session that they have from then on."""
    session = actors.sso_session(account, permission_set, person, at, hours=hours)
    return records.sign_on(session, at, address), session


def streams_named(account: Account, is_wanted: Callable[[str], bool]) -> list[str]:
    """Return the ARNs of the account's streams whose name is wanted; the small estate has fewer."""
    return [stream_arn(account.id, stream) for stream in account.streams if is_wanted(stream.name)]


def stream_called(account: Account, name: str) -> Stream:
    """Return the stream of that name."""
    return next(stream for stream in account.streams if stream.name == name)


def arn_of(account: Account, name: str) -> str:
    """Return the ARN of the stream of that name."""
    return stream_arn(account.id, stream_called(account, name))


def _api(action: str) -> str:
    """Return the APIName of GetDataEndpoint for a media action: GetMedia -> GET_MEDIA."""
    known = {
        "GetHLSStreamingSessionURL": "GET_HLS_STREAMING_SESSION_URL",
        "GetDASHStreamingSessionURL": "GET_DASH_STREAMING_SESSION_URL",
    }
    spelled = "".join(f"_{letter}" if letter.isupper() else letter for letter in action).lstrip("_").upper()
    return known.get(action, spelled)
