"""What a measure is: how to stop an identity in one way, and which recorded callers that would hit."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from app.core.arn import parsed
from app.core.lineage.actor import is_of_identity_center
from app.core.rules.fix import FixText
from app.core.rules.rule import Reference

_HOME_REGIONS = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be stopped, as far as it is known; "" and None where it is not.

    `principal` is the ARN of a role, user or root user. `keys` are the long-term keys to be stopped. `session` is the
    name of one role session, `certificate` its name where a device took it. `region` is where AWS IoT issued that one,
    else where it was seen last.
    """

    principal: str
    account: int | None
    keys: tuple[str, ...] = ()
    session: str | None = None
    certificate: str | None = None
    is_device: bool = False
    person: str | None = None
    region: str = ""
    is_of_management: bool = False

    @property
    def partition(self) -> str:
        """The partition of AWS that it is in."""
        found = parsed(self.principal)
        return found.partition if found else "aws"

    @property
    def kind(self) -> str:
        """role, user or root; "" of what is none of these."""
        found = parsed(self.principal)
        kind = found.resource.partition("/")[0] if found and found.service == "iam" else ""
        return kind if kind in {"role", "user", "root"} else ""

    @property
    def name(self) -> str:
        """The name of the role or user, without its path."""
        return self.principal.rpartition("/")[2]

    @property
    def is_of_identity_center(self) -> bool:
        """Whether IAM Identity Center made the role: nobody else can change it."""
        return is_of_identity_center(self.principal)

    @property
    def is_service_linked(self) -> bool:
        """Whether an AWS service made the role: nobody else can change it, and SCPs do not bind it."""
        return ":role/aws-service-role/" in self.principal

    @property
    def home(self) -> str:
        """What tells the CLI which partition's IAM to ask, with a space before it; "" where that is the usual one."""
        region = _HOME_REGIONS.get(self.partition)
        return f" --region {region}" if region else ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Recorded calls that share principal, key, session and address: whom a measure may hit.

    `failed` are those of its `calls` that AWS refused or failed. `others` are those that are no calls of Kinesis Video
    Streams, `others_failed` what failed of these, `kvs_at` the time of the last that is one. `many` are the sessions or
    callers that it stands for. `streams` are the ids of those on which AWS answered its calls; none where it is many.

    `taken` are its AssumeRole* calls, which are none of its `calls`, `taken_failed` those that failed, `roles` what
    they asked for. `then_calls` are the calls of Kinesis Video Streams in the sessions that they gave, those in turn
    assumed with these included, as another role than its own; `then_reads` those that read media.
    """

    principal: str
    key: str | None
    is_long_term: bool
    session: str | None
    person: str | None
    address: str | None
    user_agent: str
    calls: int
    reads: int
    last_at: datetime
    failed: int = 0
    others: int = 0
    others_failed: int = 0
    kvs_at: datetime | None = None
    many: int = 1
    streams: tuple[int, ...] = ()
    taken: int = 0
    taken_failed: int = 0
    roles: frozenset[str] = frozenset()
    then_calls: int = 0
    then_reads: int = 0

    @property
    def of_kvs(self) -> "Caller":
        """Return the same with its calls of Kinesis Video Streams alone."""
        calls, failed = self.calls - self.others, self.failed - self.others_failed
        last_at = self.kvs_at or self.last_at
        kept = replace(self, calls=calls, failed=failed, others=0, others_failed=0, last_at=last_at)
        return replace(kept, taken=0, taken_failed=0, roles=frozenset(), then_calls=0, then_reads=0)


@dataclass(frozen=True, slots=True)
class Entrant:
    """Recorded AssumeRole* calls for the target's role that share a caller: whom a measure may keep out.

    `is_given`: the session that was asked for has the target's session name. `failed` are those that AWS refused.
    """

    principal: str
    is_given: bool
    calls: int
    last_at: datetime
    failed: int = 0


def nobody(_target: Target, _entrant: Entrant) -> bool:
    """Return that a measure keeps nobody out of the role: it denies what is done in its sessions."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One way to stop an identity.

    `bar` says why a target cannot be stopped so: None, it can; "", it is nothing that the measure is about.
    `texts` are what to paste at a time, `undo` how to take it back. `stops` and `leaves` are for people.
    `hits` tells whether a recorded caller could not have called; `is_of_kvs`: Kinesis Video Streams alone. Measures are
    shown by `place`, the narrowest first. `hits` holds for a caller's AssumeRole* calls as well, unless `is_of_kvs`.
    `keeps_out` tells whether the target's own role would have been refused to a recorded caller.
    """

    title: str
    place: int
    bar: Callable[[Target], str | None]
    texts: Callable[[Target, datetime], tuple[FixText, ...]]
    undo: Callable[[Target], FixText]
    stops: str
    leaves: str
    hits: Callable[[Target, Caller], bool]
    reference: Reference
    is_of_kvs: bool = False
    keeps_out: Callable[[Target, Entrant], bool] = nobody


def name_for(what: str, whom: str, target: Target) -> str:
    """Return the name of what is made against one identity of an account.

    Of one name for all only the last would stop: no two policies of an organization have the same (Organizations API
    Reference, CreatePolicy, DuplicatePolicyException), and a role's second inline policy of a name replaces the first.
    """
    return f"{what}-{sha256(f'{target.account}|{whom}'.encode()).hexdigest()[:8]}"


def of_principal(target: Target, caller: Caller) -> bool:
    """Return whether a caller acted as the target's role or user."""
    return caller.principal == target.principal


def by_session(target: Target, caller: Caller) -> bool:
    """Return whether a caller acted as the target's role or user with temporary credentials."""
    return of_principal(target, caller) and not caller.is_long_term


def unchangeable(target: Target) -> str | None:
    """Return why a role or user cannot be given a policy, as `Measure.bar`."""
    if target.kind not in {"role", "user"}:
        return ""
    if target.is_of_identity_center:
        return "IAM Identity Center made the role, and only it can change it."
    return "An AWS service made the role, and only it can change it." if target.is_service_linked else None
