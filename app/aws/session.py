"""One account's role, assumed: clients that refresh, retry, keep to a budget, and write down each call.

Sources: IAM User Guide, "Access to AWS accounts owned by third parties" (external ID) and "Manage AWS STS in an AWS
Region" (regional endpoints; opt-in Regions accept no other tokens); AWS SDKs guide, "Retry behavior".
"""

import json
import random
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from types import TracebackType
from typing import Any, Self

import boto3
import botocore.session
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
    ReadOnlyCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ResponseStreamingError
from botocore.handlers import json_decode_policies
from botocore.loaders import Loader, create_loader
from botocore.model import ServiceModel

from app import clock
from app.aws.budget import RateBudget
from app.aws.errors import (
    THROTTLED,
    BadCredentials,
    CannotAssume,
    Denied,
    Expired,
    action,
    from_botocore,
    from_client_error,
    outcome_of,
    without_own_credentials,
)
from app.aws.ledger import Ledger
from app.core.errors import CouldNotLook
from app.core.model.account import Account
from app.core.model.own_call import CallOutcome
from app.core.trailfile.gunzip import MAX_BYTES

RENEWED_EARLY = timedelta(minutes=15)
"""botocore asks for new credentials when less is left."""
_LONGEST_PAUSE_S = 20.0
_HOME_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


_Role = tuple[str, str | None]
"""Role ARN and external ID."""


@dataclass(frozen=True, slots=True)
class Issued:
    """Credentials that one AssumeRole gave out."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(repr=False)
    expires_at: datetime


@dataclass
class AssumedRoles:
    """Credentials of the assumed roles, shared by all sessions: each role is assumed about once an hour."""

    _held: dict[_Role, Issued] = field(default_factory=dict)
    _locks: defaultdict[_Role, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, role: _Role, now: datetime, assume: Callable[[], Issued]) -> Issued:
        """Return the credentials of `role`, assumed anew when less than `RENEWED_EARLY` of their life is left."""
        with self._lock:
            lock = self._locks[role]
        with lock:
            held = self._held.get(role)
            if held is None or held.expires_at - now <= RENEWED_EARLY:
                held = self._held[role] = assume()
            return held

    def forget(self, role: _Role, access_key: str | None) -> None:
        """Drop credentials that AWS no longer takes, unless another thread has replaced them."""
        with self._lock:
            if role in self._held and self._held[role].access_key == access_key:
                del self._held[role]


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """How AWS is called; make one for the process, so that its threads share budget and assumed roles.

    `install_id` names this installation in session names, where CloudTrail shows it: 2 to 40 of [A-Za-z0-9=,.@-].
    `endpoint_url` takes the place of every service's endpoint. `session_s` is the lifetime of assumed roles: an hour
    is the most that role chaining allows, and kvswatch often runs on a role itself; they are renewed 15 minutes early.
    `max_file_bytes` are the most that a log file may have, uncompressed and as stored.
    """

    install_id: str
    endpoint_url: str | None = None
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 30.0
    attempts: int = 5
    session_s: int = 3600
    first_pause_s: float = 0.5
    max_file_bytes: int = MAX_BYTES
    budget: RateBudget = field(default_factory=RateBudget, compare=False)
    roles: AssumedRoles = field(default_factory=AssumedRoles, compare=False)
    now: Callable[[], datetime] = clock.now

    @property
    def session_name(self) -> str:
        """RoleSessionName of our sessions: what marks our own calls in CloudTrail."""
        return f"kvswatch-{self.install_id}"

    def pause_s(self, attempts: int) -> float:
        """Return the seconds to wait after that many attempts in vain: with full jitter, the longest of them doubling.

        Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
        """
        longest = min(_LONGEST_PAUSE_S, self.first_pause_s * 2**attempts)
        return random.uniform(0, longest)  # noqa: S311 - spreads retries, guards nothing


@dataclass(frozen=True, slots=True)
class Profile:
    """Credentials and Region of a profile of the AWS configuration files; the Region is None when it names none."""

    credentials: ReadOnlyCredentials
    region: str | None


class AccountSession:
    """Calls into one account by its role. Use it in one thread, and close it.

    `on_call` is told ("kinesisvideo:ListStreams", "eu-west-1") before each attempt leaves: progress, and a heartbeat.
    """

    def __init__(
        self,
        account: Account,
        settings: AwsSettings,
        ledger: Ledger,
        on_call: Callable[[str, str], None] = lambda _api, _region: None,
    ) -> None:
        self.account = account
        self.settings = settings
        self._ledger = ledger
        self._on_call = on_call
        self.limits: dict[str, RateBudget] = {}
        """By IAM action: limits that AWS sets single operations, for each account and Region. Retries keep to them."""
        self._clients: dict[tuple[str, str], Any] = {}
        self._credentials: DeferredRefreshableCredentials | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of all clients."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    @property
    def global_region(self) -> str:
        """The Region that global services are asked in, and under which CloudTrail logs them."""
        return _HOME_REGIONS.get(self.account.partition, "us-east-1")

    @property
    def sts_region(self) -> str:
        """The Region whose STS is asked: the account's first, where it surely has not been switched off."""
        return self.account.regions[0] if self.account.regions else self.global_region

    def client(self, service: str, region: str) -> Any:
        """Return a boto3 client of `service` in `region` ("" for a global service)."""
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self._client(self._boto_session(), service, region or self.global_region)
        return self._clients[key]

    def credentials(self) -> ReadOnlyCredentials:
        """Return credentials that are good for ten minutes at least, for those who sign without boto3.

        An account without a role is read with the credentials that kvswatch runs with.

        Raises:
            CannotAssume: the role refuses us; the message says what to look at.
            CouldNotLook: about the credentials that kvswatch itself runs with.
        """
        if not self.account.role_arn:
            return _own_credentials()
        try:
            issued = self._issued()
        except (ClientError, BotoCoreError) as error:
            raise self._cannot_assume(error) from error
        return ReadOnlyCredentials(issued.access_key, issued.secret_key, issued.token)

    def call(self, service: str, operation: str, region: str = "", **parameters: Any) -> Any:
        """Return AWS's answer to one call; `operation` as botocore spells it: "list_streams".

        Raises:
            CouldNotLook: one of `app.aws.errors`.
        """
        used = self._assumed_now()
        try:
            return self._attempt(service, operation, region, parameters)
        except Expired:
            # Our clock or AWS's token life differed from what we believed: assume once more, then it is final.
            self._renew(used)
        self._assumed_now()
        return self._attempt(service, operation, region, parameters)

    def _assumed_now(self) -> ReadOnlyCredentials | None:
        """Return the role's credentials; None for an account without a role, whose call finds our own, or fails."""
        return self.credentials() if self.account.role_arn else None

    def _attempt(self, service: str, operation: str, region: str, parameters: dict[str, Any]) -> Any:
        try:
            return getattr(self.client(service, region), operation)(**parameters)
        except ClientError as error:
            raise from_client_error(error, service, region) from error
        except BotoCoreError as error:
            raise from_botocore(error, service, _api_name(service, operation), region) from error

    def _before(self, api: str, region: str) -> None:
        limit = self.limits.get(api)
        if limit is not None:
            limit.wait((self.account.id, region))
        self._on_call(api, region)

    def _boto_session(self) -> boto3.Session:
        if not self.account.role_arn:
            return boto3.Session(botocore_session=_own_session())
        session = _new_session()
        session.register_component("credential_provider", CredentialResolver([_Given(self._assumed())]))
        return boto3.Session(botocore_session=session)

    def _client(self, session: boto3.Session, service: str, region: str) -> Any:
        settings = self.settings
        config = Config(
            connect_timeout=settings.connect_timeout_s,
            read_timeout=settings.read_timeout_s,
            retries={"mode": "standard", "total_max_attempts": settings.attempts},
            user_agent_extra="kvswatch",
        )
        # The stubs know a service by its literal name; ours comes as data.
        make: Callable[..., Any] = session.client
        client = make(service, region_name=region, endpoint_url=settings.endpoint_url, config=config)
        _Hooks(self.account.id, region, settings, self._ledger, self._before).register(client)
        # botocore parses policy documents into dicts; the text as AWS keeps it is the evidence, faults included.
        client.meta.events.unregister("after-call.iam", json_decode_policies)
        return client

    @property
    def _role(self) -> _Role:
        return self.account.role_arn, self.account.external_id

    def _assumed(self) -> DeferredRefreshableCredentials:
        if self._credentials is None:
            self._credentials = DeferredRefreshableCredentials(self._metadata, "sts-assume-role")
        return self._credentials

    def _metadata(self) -> dict[str, str]:
        """Return what botocore refreshes credentials from."""
        issued = self._issued()
        return {
            "access_key": issued.access_key,
            "secret_key": issued.secret_key,
            "token": issued.token,
            "expiry_time": issued.expires_at.isoformat(),
        }

    def _issued(self) -> Issued:
        return self.settings.roles.get(self._role, self.settings.now(), self._assume)

    def _assume(self) -> Issued:
        external = {} if self.account.external_id is None else {"ExternalId": self.account.external_id}
        sts = self._client(boto3.Session(botocore_session=_own_session()), "sts", self.sts_region)
        try:
            answer = sts.assume_role(
                RoleArn=self.account.role_arn,
                RoleSessionName=self.settings.session_name,
                DurationSeconds=self.settings.session_s,
                **external,
            )["Credentials"]
        finally:
            sts.close()
        return Issued(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], answer["Expiration"])

    def _renew(self, used: ReadOnlyCredentials | None) -> None:
        if used is not None:
            self.settings.roles.forget(self._role, used.access_key)
        self._credentials = None
        self.close()

    def _cannot_assume(self, error: ClientError | BotoCoreError) -> CouldNotLook:
        role, region = self.account.role_arn, self.sts_region
        if isinstance(error, BotoCoreError):
            return from_botocore(error, "sts", "AssumeRole", region)
        match from_client_error(error, "sts", region):
            case Denied() as denied:
                given = "the external ID" if self.account.external_id else "no external ID"
                return CannotAssume(
                    f"cannot assume {role} with {given} set for account {self.account.id:012d}: compare it with "
                    f"the role's trust policy, which must also name the role that kvswatch runs with ({denied})",
                    "sts:AssumeRole",
                )
            case Expired() as expired:
                return Expired(f"the credentials that kvswatch itself runs with have expired; renew them ({expired})")
            case BadCredentials() as bad:
                return BadCredentials(f"AWS does not take the credentials that kvswatch itself runs with ({bad})")
            case other:
                return other


def profile(name: str) -> Profile:
    """Return what the AWS configuration files of whoever runs kvswatch say of a profile.

    Raises:
        BadCredentials: there is no such profile, or it has no credentials.
    """
    try:
        session = botocore.session.Session(profile=name)
        own = session.get_credentials()
        if own is None:
            raise NoCredentialsError
        return Profile(own.get_frozen_credentials(), session.get_config_variable("region"))
    except (ClientError, BotoCoreError) as error:
        raise BadCredentials(f"profile {name!r} of the AWS configuration files: {error}") from error


@cache
def _service_models() -> Loader:
    """Return the reader of botocore's data files, one for the process: they are megabytes of JSON to parse."""
    return create_loader(botocore.session.get_session().get_config_variable("data_path"))


class _Given(CredentialProvider):
    """Hands botocore the credentials of a role, which refresh themselves, and nothing else that it might find."""

    METHOD = CANONICAL_NAME = "sts-assume-role"

    def __init__(self, credentials: DeferredRefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> DeferredRefreshableCredentials:
        """Return the credentials."""
        return self._credentials


def _new_session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _service_models())
    return session


def _own_session() -> botocore.session.Session:
    """Return a session with the credentials that kvswatch itself runs with, whose STS is the Region's own."""
    session = _new_session()
    session.set_config_variable("sts_regional_endpoints", "regional")
    return session


def _own_credentials() -> ReadOnlyCredentials:
    try:
        own = _own_session().get_credentials()
        if own is None:
            raise NoCredentialsError
        return own.get_frozen_credentials()
    except ClientError as error:
        # A profile, or the service account of a pod, may have a role to assume.
        raise from_client_error(error, "sts", "") from error
    except BotoCoreError as error:
        raise without_own_credentials(error) from error


@cache
def _api_name(service: str, operation: str) -> str:
    """Return AWS's name of an operation: ("sts", "get_caller_identity") gives "GetCallerIdentity".

    From the service's model: a client cannot be asked where none could be made.
    """
    model = ServiceModel(_service_models().load_service_model(service, "service-2"), service)
    return next((name for name in model.operation_names if xform_name(name) == operation), operation)


@dataclass(frozen=True, slots=True)
class _Hooks:
    """What happens around each attempt of one client: budget, ledger, progress, and the retry that botocore lacks."""

    account: int
    region: str
    settings: AwsSettings
    ledger: Ledger
    on_call: Callable[[str, str], None]
    open: list[Callable[[CallOutcome], None]] = field(default_factory=list)
    """The one attempt under way."""

    def register(self, client: Any) -> None:
        """Hang the hooks on botocore's events, which fire once for each attempt, retries included."""
        service = client.meta.service_model.service_name
        events, is_json = client.meta.events, "json" in client.meta.service_model.resolved_protocol
        events.register("before-send", lambda event_name, **_: self.before(service, event_name))
        events.register("response-received", self.after)
        events.register("needs-retry", lambda **answer: self.pause(is_json=is_json, **answer))

    def before(self, service: str, event_name: str) -> None:
        """Wait for the budget and write the attempt down."""
        api = action(service, event_name.rsplit(".", 1)[-1])
        self.settings.budget.wait((self.account, self.region))
        self.on_call(api, self.region)
        self.open.append(self.ledger.begin(self.account, self.settings.now(), api, self.region))

    def after(self, parsed_response: dict[str, Any] | None, **_: Any) -> None:
        """Write down how the attempt ended."""
        if not self.open:
            return
        code = None if parsed_response is None else parsed_response.get("Error", {}).get("Code")
        good = parsed_response is not None and code is None
        self.open.pop()(CallOutcome.OK if good else outcome_of(str(code or "")))

    def pause(
        self, response: tuple[Any, dict[str, Any]] | None, attempts: int, *, is_json: bool, **_: Any
    ) -> float | None:
        """Return the seconds to wait before a retry that botocore would not make; None for none.

        Kinesis Video throttles with ClientLimitExceededException, which is in none of botocore's retry lists. An answer
        that was cut it takes for one that holds nothing, and for the last page.

        Raises:
            ResponseStreamingError: the last attempt's answer was cut as well.
        """
        code = None if response is None else response[1].get("Error", {}).get("Code")
        is_cut = response is not None and _is_cut(*response, is_json=is_json)
        if is_cut and attempts >= self.settings.attempts:
            raise ResponseStreamingError(error="the answer was cut, or is none of AWS's")
        if not is_cut and (code not in _OURS_TO_RETRY or attempts >= self.settings.attempts):
            return None
        return self.settings.pause_s(attempts)


def _is_cut(answer: AWSResponse, parsed: dict[str, Any], *, is_json: bool) -> bool:
    """Whether an answer ended before its length, or botocore found no field in it because it is no JSON."""
    length = answer.headers.get("Content-Length", "")
    if length.isdecimal() and len(answer.content) < int(length):
        return True
    if not is_json or not answer.content or set(parsed) != {"ResponseMetadata"}:
        return False
    try:
        json.loads(answer.content)
    except ValueError:
        return True
    return False


_OURS_TO_RETRY = THROTTLED & {"ClientLimitExceededException"}
