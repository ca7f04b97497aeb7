"""What an emulated organization consists of, as data. Ages are relative to the day on which it is started."""

from dataclasses import dataclass, field
from typing import Any

from app.core.model.account import AccountKind
from app.core.onboarding.roles import ROLE_NAMES

Document = dict[str, Any]
"""A policy document, as JSON."""


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A customer managed policy. With more than one document the last one is the default version."""

    name: str
    documents: tuple[Document, ...]
    path: str = "/"
    description: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """One IAM role. `managed` and `boundary` are ARNs."""

    name: str
    trust: Document
    inline: dict[str, Document] = field(default_factory=dict)
    managed: tuple[str, ...] = ()
    boundary: str | None = None
    path: str = "/"
    tags: dict[str, str] = field(default_factory=dict)
    description: str = ""
    max_session_hours: int = 1
    age_days: int = 700
    last_used_days: float | None = 1.0
    """Days since the last use as IAM reports it; None for never."""


@dataclass(frozen=True, slots=True)
class Key:
    """A long-term access key of a user."""

    id: str
    active: bool = True
    age_days: int = 400
    last_used_days: float | None = 0.5
    last_used_service: str = "kinesisvideo"


@dataclass(frozen=True, slots=True)
class User:
    """One IAM user."""

    name: str
    groups: tuple[str, ...] = ()
    inline: dict[str, Document] = field(default_factory=dict)
    managed: tuple[str, ...] = ()
    boundary: str | None = None
    path: str = "/"
    tags: dict[str, str] = field(default_factory=dict)
    keys: tuple[Key, ...] = ()
    has_password: bool = False
    has_mfa: bool = False
    age_days: int = 900


@dataclass(frozen=True, slots=True)
class Group:
    """One IAM group."""

    name: str
    inline: dict[str, Document] = field(default_factory=dict)
    managed: tuple[str, ...] = ()
    path: str = "/"
    age_days: int = 1200


@dataclass(frozen=True, slots=True)
class Cast:
    """Principals and the policies that belong to them."""

    roles: tuple[Role, ...] = ()
    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()
    policies: tuple[ManagedPolicy, ...] = ()

    def __add__(self, other: "Cast") -> "Cast":
        return Cast(
            self.roles + other.roles,
            self.users + other.users,
            self.groups + other.groups,
            self.policies + other.policies,
        )

    def __len__(self) -> int:
        return len(self.roles) + len(self.users) + len(self.groups)


@dataclass(frozen=True, slots=True)
class Stream:
    """One video stream, and how its camera behaves.

    `producer` names the role (or user) that its camera calls with, `minutes` the time between two connections
    (None: no camera is attached). `key` is an alias of the account's KMS keys; None stands for aws/kinesisvideo.
    """

    name: str
    region: str
    retention_hours: int
    tags: dict[str, str] = field(default_factory=dict)
    key: str | None = None
    device: str = ""
    media_type: str = "video/h264"
    producer: str | None = None
    minutes: float | None = None
    is_mobile: bool = False
    image_generation: Document | None = None
    notification: Document | None = None
    edge: Document | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One signaling channel. `stream` is the stream that its media storage writes to."""

    name: str
    region: str
    type: str = "SINGLE_MASTER"
    tags: dict[str, str] = field(default_factory=dict)
    producer: str | None = None
    stream: str | None = None


@dataclass(frozen=True, slots=True)
class KmsKey:
    """One customer managed KMS key."""

    alias: str
    region: str
    state: str = "Enabled"


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which a trail was not logging: days and hours before the start of the first day, and for how long."""

    day: int
    hour: float
    hours: float
    by: str


@dataclass(frozen=True, slots=True)
class Trail:
    """One CloudTrail trail. `selectors` are AWS's AdvancedEventSelectors; empty: AWS's default (management only)."""

    name: str
    account: str
    home_region: str
    bucket: str
    is_multi_region: bool = True
    is_organization: bool = False
    validates: bool = True
    prefix: str = ""
    selectors: tuple[Document, ...] = ()
    basic_selectors: tuple[Document, ...] = ()
    stops: tuple[Stop, ...] = ()
    delivery_error: str | None = None

    @property
    def arn(self) -> str:
        """Its ARN, in the account and Region that it was made in."""
        return f"arn:aws:cloudtrail:{self.home_region}:{self.account}:trail/{self.name}"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One S3 bucket that log files or frames go to."""

    name: str
    account: str
    region: str


@dataclass(frozen=True, slots=True)
class RoleAlias:
    """An IoT role alias: certificates get the role's credentials through it."""

    name: str
    role: str
    region: str
    seconds: int = 3600


@dataclass(frozen=True, slots=True)
class IdentityPool:
    """A Cognito identity pool and the roles that it hands out."""

    name: str
    region: str
    authenticated: str
    unauthenticated: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One AWS account of the estate."""

    id: str
    name: str
    kind: str
    """management, log_archive or member: the values of app.core.model.account.AccountKind."""
    unit: str
    """The organizational unit that it is in; empty: directly under the root."""
    regions: tuple[str, ...]
    cast: Cast = Cast()
    streams: tuple[Stream, ...] = ()
    channels: tuple[Channel, ...] = ()
    keys: tuple[KmsKey, ...] = ()
    trails: tuple[Trail, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    aliases: tuple[RoleAlias, ...] = ()
    pools: tuple[IdentityPool, ...] = ()
    log_bucket: str | None = None
    log_prefix: str = ""
    in_organization: bool = True

    def role_arn(self, name: str) -> str:
        """Return the ARN of one of its roles, path included."""
        path = next((role.path for role in self.cast.roles if role.name == name), "/")
        return f"arn:aws:iam::{self.id}:role{path}{name}"


@dataclass(frozen=True, slots=True)
class OrganizationPolicy:
    """An SCP or RCP and the names of what it is attached to (account or unit names; "Root")."""

    name: str
    type: str
    document: Document
    targets: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Estate:
    """The whole organization, and how the scanner gets in."""

    organization_id: str
    root_id: str
    units: dict[str, str]
    """Organizational unit -> its parent's name ("Root" for the top)."""
    accounts: tuple[Account, ...]
    policies: tuple[OrganizationPolicy, ...]
    external_id: str
    poller_account: str
    poller_user: str = "kvswatch-poller"

    def account(self, name_or_id: str) -> Account:
        """Return the account of that name or number."""
        return next(account for account in self.accounts if name_or_id in {account.id, account.name})

    def has(self, name: str) -> bool:
        """Tell whether an account of that name is part of this estate (the small one has fewer)."""
        return any(account.name == name for account in self.accounts)

    @property
    def members(self) -> tuple[Account, ...]:
        """Accounts of the organization, in the order of its listing."""
        return tuple(account for account in self.accounts if account.in_organization)

    @property
    def management(self) -> Account:
        """The account that the organization was made in."""
        return next(account for account in self.accounts if account.kind == "management")

    @property
    def log_archive(self) -> Account:
        """The account that keeps the log files."""
        return next(account for account in self.accounts if account.kind == "log_archive")

    @property
    def trails(self) -> tuple[Trail, ...]:
        """Every trail of every account."""
        return tuple(trail for account in self.accounts for trail in account.trails)

    @property
    def poller_arn(self) -> str:
        """Who may assume the scanner's roles."""
        return f"arn:aws:iam::{self.poller_account}:user/{self.poller_user}"

    def scanner_role(self, account: Account) -> str:
        """Return the ARN of the role that the scanner assumes in `account`."""
        return f"arn:aws:iam::{account.id}:role/{ROLE_NAMES[AccountKind(account.kind)]}"
