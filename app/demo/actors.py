"""Who calls: userIdentity elements as CloudTrail writes them, and the sessions behind them.

Source: CloudTrail User Guide, "CloudTrail userIdentity element".
"""

import functools
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from app.demo.identifiers import access_key, digest, number, unique_id
from app.demo.nouns import Account, Stream

SDK = "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.1.155 md/arch#x86_64 lang/python#3.12.11"
JAVA = "aws-sdk-java/2.35.9 md/io#sync ua/2.1 api/KinesisVideo#2.35.x os/Linux#6.1.155 lang/java#21.0.8"
CAMERA = "AWS-SDK-KVS-CPP-CLIENT/3.5.1 GCC/12.2.0 Linux/6.1.21 armv7l"
COMMAND_LINE = "aws-cli/2.31.19 md/awscrt#0.28.2 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.9"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.13.4 (+https://www.terraform.io) terraform-provider-aws/6.17.0"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who signs calls, from somewhere, with something."""

    account: str
    identity: dict[str, Any]
    address: str
    agent: str
    access_key: str | None = None

    @property
    def arn(self) -> str | None:
        """The ARN as userIdentity has it; a service has none."""
        return self.identity.get("arn")

    def moved(self, address: str, agent: str | None = None) -> "Actor":
        """Return the same caller at another address, or with another program."""
        return replace(self, address=address, agent=agent or self.agent)


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a role: who it is in records, and which key it was handed."""

    account: str
    role: str
    role_arn: str
    role_id: str
    name: str
    started_at: int
    seconds: int
    access_key: str
    extra: dict[str, Any] = field(default_factory=dict)
    """More members of sessionContext: sourceIdentity, webIdFederationData, ec2RoleDelivery."""
    has_mfa: bool = False
    on_behalf_of: dict[str, str] | None = None

    def actor(self, address: str, agent: str = SDK) -> Actor:
        """Return this session as a caller."""
        issuer = {
            "type": "Role",
            "principalId": self.role_id,
            "arn": self.role_arn,
            "accountId": self.account,
            "userName": self.role,
        }
        context = {
            "sessionIssuer": issuer,
            "attributes": {"creationDate": iso(self.started_at), "mfaAuthenticated": str(self.has_mfa).lower()},
            **self.extra,
        }
        identity = {
            "type": "AssumedRole",
            "principalId": f"{self.role_id}:{self.name}",
            "arn": f"arn:aws:sts::{self.account}:assumed-role/{self.role}/{self.name}",
            "accountId": self.account,
            "accessKeyId": self.access_key,
            "sessionContext": context,
        }
        if self.on_behalf_of is not None:
            identity["onBehalfOf"] = self.on_behalf_of
        return Actor(self.account, identity, address, agent, self.access_key)


def session(
    account: Account,
    role: str,
    name: str,
    started_at: int,
    *,
    seconds: int = 3600,
    extra: dict[str, Any] | None = None,
    has_mfa: bool = False,
    on_behalf_of: dict[str, str] | None = None,
) -> Session:
    """Return the session of `role` that starts at `started_at`; the same arguments give the same access key."""
    return Session(
        account=account.id,
        role=role,
        role_arn=role_arn(account, role),
        role_id=unique_id("AROA", account.id, role),
        name=name,
        started_at=started_at,
        seconds=seconds,
        access_key=access_key("ASIA", account.id, role, name, started_at),
        extra=extra or {},
        has_mfa=has_mfa,
        on_behalf_of=on_behalf_of,
    )


def user(account: Account, name: str, address: str, agent: str = SDK) -> Actor:
    """Return a user who calls with the first of their long-term keys."""
    own = next(user for user in account.cast.users if user.name == name)
    key = own.keys[0].id if own.keys else None
    identity = {
        "type": "IAMUser",
        "principalId": unique_id("AIDA", account.id, name),
        "arn": f"arn:aws:iam::{account.id}:user{own.path}{name}",
        "accountId": account.id,
        "accessKeyId": key,
        "userName": name,
    }
    return Actor(account.id, identity, address, agent, key)


def service(account: str, name: str) -> Actor:
    """Return an AWS service that calls by itself."""
    return Actor(account, {"type": "AWSService", "invokedBy": name}, name, name)


def sso_role_name(account: Account, permission_set: str) -> str:
    """Return the name of the role that IAM Identity Center made for a permission set."""
    return next(role.name for role in account.cast.roles if role.name.startswith(f"AWSReservedSSO_{permission_set}_"))


def sso_session(account: Account, permission_set: str, person: str, started_at: int, *, hours: int = 8) -> Session:
    """Return a person's session through single sign-on; `person` is the user name, an e-mail address."""
    store = "arn:aws:identitystore::148803265917:identitystore/d-99672b4f1c"
    return session(
        account,
        sso_role_name(account, permission_set),
        person,
        started_at,
        seconds=hours * 3600,
        has_mfa=False,
        on_behalf_of={
            "userId": digest("person", person).hex()[:10] + "-" + digest("p", person).hex(),
            "identityStoreArn": store,
        },
    )


@functools.lru_cache(maxsize=4096)
def certificate(thing: str) -> str:
    """Return the certificate ID of a device, 64 hexadecimal digits: the name of its sessions."""
    return digest("certificate", thing, size=32).hex()


def device_session(account: Account, stream: Stream, at: int, *, device: str | None = None) -> Session:
    """Return the session that a camera has at `at`. Credentials are renewed as often as its role alias says."""
    name, role = device or stream.device, str(stream.producer)
    seconds = renewal_seconds(account, stream)
    phase = number("renewal", account.id, name, below=seconds)
    started_at = (at - phase) // seconds * seconds + phase
    return _device_session(account.id, role, role_arn(account, role), certificate(name), started_at, seconds)


def renewal_seconds(account: Account, stream: Stream) -> int:
    """Return how long a camera's credentials last."""
    return next((alias.seconds for alias in account.aliases if alias.role == stream.producer), 43_200)


def role_arn(account: Account, role: str) -> str:
    """Return the ARN of a role, found once: accounts have many roles, and cameras ask often."""
    key = (account.id, role)
    if key not in _ROLE_ARNS:
        _ROLE_ARNS[key] = account.role_arn(role)
    return _ROLE_ARNS[key]


def iso(at: int) -> str:
    """Return a time as CloudTrail writes it."""
    day, second = divmod(at, 86_400)
    return f"{_date(day)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


@functools.lru_cache(maxsize=4096)
def _device_session(account: str, role: str, arn: str, name: str, started_at: int, seconds: int) -> Session:
    key = access_key("ASIA", account, role, name, started_at)
    return Session(account, role, arn, unique_id("AROA", account, role), name, started_at, seconds, key)


@functools.lru_cache(maxsize=128)
def _date(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


_EPOCH = date(1970, 1, 1)
_ROLE_ARNS: dict[tuple[str, str], str] = {}
