"""The emulated AWS organization as one thing to start and stop.

    with Emulator(small=True) as aws:
        session = boto3.Session(**aws.credentials)
        iam = session.client("iam", endpoint_url=aws.endpoint, region_name="eu-central-1")

moto keeps its state in the process: of several emulators in one process the newest is served (app.demo.moto_state).
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from app import clock
from app.core.errors import InvalidInput
from app.demo import moto_state
from app.demo.archive import Archive
from app.demo.digests import Signer
from app.demo.documents import Document
from app.demo.estate import estate
from app.demo.gate.app import Gate
from app.demo.gate.store import StoredObject
from app.demo.gate.world import World
from app.demo.history import OrganizationHistory
from app.demo.identifiers import secret
from app.demo.nouns import Estate
from app.demo.own_calls import OwnCalls
from app.demo.seed import fill_moto
from app.demo.server import Server
from app.demo.stories import DAY_S
from app.demo.traffic import Traffic, midnight

SMALL_DAYS = 2
_LATENCY_S = 60
"""Live log files are delivered this long after their newest event; AWS takes about five minutes."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The long-term key of the identity that kvswatch runs with."""

    access_key: str
    secret_key: str


class Emulator:
    """moto behind the gate on a loopback port, the estate in it, and its log archive."""

    def __init__(
        self,
        port: int = 0,
        *,
        seed: int = 7,
        now: datetime | None = None,
        authorizing: bool = False,
        scanner_policies: Mapping[str, Document] | None = None,
        days: int | None = None,
        small: bool = False,
    ) -> None:
        """Prepare an organization; `start` builds it.

        Args:
            port: where to listen on 127.0.0.1; 0 takes a free port.
            seed: of every identifier and every story.
            now: the time at which the organization is found; the wall clock's when None.
            authorizing: whether each call is checked against the caller's identity policies.
            scanner_policies: role name -> policy document, instead of what kvswatch asks for.
            days: how many days of log files and event history there are; 30, of the small estate 2.
            small: two member accounts with a handful of cameras, for tests.
        """
        self.estate: Estate = estate(small=small, policies=scanner_policies)
        self._port = port
        self._seed = seed
        self._begun = (now or clock.now()).astimezone(UTC).replace(microsecond=0)
        self._authorizing = authorizing
        self._days = days if days is not None else SMALL_DAYS if small else 30
        self._fixed = now is not None
        self._server: Server | None = None
        self._delivered = 0
        self._delivering = threading.Lock()

    def start(self) -> Self:
        """Build the organization and its archive, and listen."""
        moto_state.take(self, self._seed)
        try:
            self._build()
            self._server = Server(self.gate, self._port)
            self._server.start()
        except BaseException:
            moto_state.give_back(self)
            raise
        return self

    def stop(self) -> None:
        """Stop listening; what moto holds is forgotten at the next start."""
        if self._server is None:
            return
        self._server.stop()
        self._server = None
        moto_state.give_back(self)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        """The URL to give as endpoint of every AWS service."""
        if self._server is None:
            raise InvalidInput("the emulator is not running: call start()")
        return self._server.url

    @property
    def credentials(self) -> Credentials:
        """The identity to call with: it may assume the scanner's roles, and nothing else."""
        account = self.estate.account(self.estate.poller_account)
        key = next(user for user in account.cast.users if user.name == self.estate.poller_user).keys[0].id
        return Credentials(key, secret(key))

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which any AWS SDK finds the emulator."""
        own = self.credentials
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": own.access_key,
            "AWS_SECRET_ACCESS_KEY": own.secret_key,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def authorizing(self) -> bool:
        """Whether each call is checked against the caller's identity policies."""
        return self.world.authorizing

    @authorizing.setter
    def authorizing(self, value: bool) -> None:
        self.world.authorizing = value

    @property
    def now(self) -> datetime:
        """The organization's time: the wall clock's, or the time last delivered when a fixed `now` was given."""
        return datetime.fromtimestamp(self._delivered, UTC) if self._fixed else clock.now()

    def faults(self, *faults: dict[str, Any]) -> None:
        """Arm these faults in place of all others; none: disarm. Fields: `app.demo.gate.faults.Fault`."""
        self.gate.faults.arm(list(faults))

    def deliver(self, now: datetime | None = None) -> int:
        """Write the log files that are due since the last delivery; return how many."""
        with self._delivering:
            until = int((now or clock.now()).timestamp()) - (0 if self._fixed else _LATENCY_S)
            if until <= self._delivered:
                return 0
            happened = list(self.traffic.between(self._delivered, until))
            happened.extend(self._own_calls.happenings(self.gate.ledger.drain()))
            happened.sort(key=lambda happening: happening.at)
            self.history.add(happened)
            files = self.archive.write(happened, until)
            self.archive.write_digests(until)
            self._delivered = until
            return files

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Put an object into an archive bucket, whatever it holds: a truncated log file, say."""
        self.world.buckets[bucket].put(key, StoredObject(body, self.now))

    def _build(self) -> None:
        today = midnight(self._begun)
        self._delivered = int(self._begun.timestamp())
        self.history = OrganizationHistory()
        self.world = World(self.estate, lambda: self.now, self.history, self._authorizing)
        fill_moto(self.world, today)
        self.traffic = Traffic(self.estate, today, self._seed)
        self._own_calls = OwnCalls(self.estate)
        self.gate = Gate(self.world, is_served=lambda: moto_state.has(self))
        self._write_archive()

    def _write_archive(self) -> None:
        now = self._delivered
        start = now - self._days * DAY_S
        signer = Signer()
        self.world.public_keys.append(
            signer.public_key(datetime.fromtimestamp(start - DAY_S, UTC), datetime.fromtimestamp(now + 90 * DAY_S, UTC))
        )
        self.archive = Archive(self.world, signer, start, now)
        for day in range(start, now, DAY_S):
            happened = list(self.traffic.between(day, min(day + DAY_S, now)))
            self.history.add(happened)
            self.archive.write_past(happened)
        self.archive.write_digests(now)
