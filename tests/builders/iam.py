"""Principals, policies, streams and snapshots for the evaluator's tests."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.core.iam.variables import UNKNOWN, Lookup, Values
from app.core.model.account import Account, AccountKind
from app.core.model.organization import Organization, OrganizationAccount, TargetPolicies
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, Principal, PrincipalKind
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind, Stream, StreamDetail

ACCOUNT = 111122223333
MANAGEMENT = 999988887777
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/viewer"
CAMERA = f"arn:aws:kinesisvideo:eu-central-1:{ACCOUNT}:stream/north-cam-1/1700000000001"
OTHER_CAMERA = f"arn:aws:kinesisvideo:us-east-1:{ACCOUNT}:stream/south-cam-2/1700000000002"
CHANNEL = f"arn:aws:kinesisvideo:eu-central-1:{ACCOUNT}:channel/door/1700000000003"
NO_TAGS_FROM_SESSION = PolicyDocument(
    PolicyKind.TRUST,
    "trust",
    json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": {"AWS": str(ACCOUNT)}, "Action": "sts:AssumeRole"},
        }
    ),
)

TRUSTS_DEVICES = PolicyDocument(
    PolicyKind.TRUST,
    "trust",
    json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "credentials.iot.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        }
    ),
)


def allow(action: Any = "kinesisvideo:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    """Return an Allow statement; `more` are further elements, such as Sid and Condition."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "kinesisvideo:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    """Return a Deny statement."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any], name: str = "own", kind: PolicyKind = PolicyKind.INLINE) -> PolicyDocument:
    """Return a document of version 2012-10-17; all kinds but inline have an ARN."""
    arn = None if kind is PolicyKind.INLINE else f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return PolicyDocument(kind, name, text, arn)


def role(*statements: dict[str, Any], **changes: Any) -> Principal:
    """Return a role with one inline policy, whose sessions bring no tags along."""
    made = Principal(
        arn=ROLE,
        kind=PrincipalKind.ROLE,
        name="viewer",
        path="/",
        unique_id="AROAEXAMPLE",
        created_at=NOW,
        inline=(document(*statements),) if statements else (),
        trust=NO_TAGS_FROM_SESSION,
    )
    return replace(made, **changes)


def stream(arn: str = CAMERA, tags: tuple[tuple[str, str], ...] | None = ()) -> Stream:
    """Return a stream or channel; `tags` None: they were not read."""
    region, resource = arn.split(":")[3], arn.split(":")[5]
    kind, name, _ = resource.split("/")
    return Stream(arn, name, region, ResourceKind(kind), "ACTIVE", NOW, detail=StreamDetail(tags=tags))


def organization(
    *levels: tuple[str, tuple[PolicyDocument, ...]], rcps: tuple[PolicyDocument, ...] = ()
) -> Organization:
    """Return an organization whose path to the account is `levels`, as (target, SCPs), root first; RCPs on the root."""
    path = tuple(target for target, _ in levels) or ("r-1", str(ACCOUNT))
    types = (*(("SERVICE_CONTROL_POLICY",) if levels else ()), *(("RESOURCE_CONTROL_POLICY",) if rcps else ()))
    scps = dict(levels)
    return Organization(
        "o-a1",
        MANAGEMENT,
        (OrganizationAccount(ACCOUNT, "lab", "ACTIVE", path),),
        tuple(TargetPolicies(target, scps.get(target, ()), rcps if target == path[0] else ()) for target in path),
        types,
    )


def snapshot(*principals: Principal, **changes: Any) -> Snapshot:
    """Return a member account with three streams and channels, in an organization without SCPs.

    `policies` are its managed policies.
    """
    policies = changes.pop("policies", ())
    made = Snapshot(
        Account(ACCOUNT, "lab", AccountKind.MEMBER, f"arn:aws:iam::{ACCOUNT}:role/scan", "x", ("eu-central-1",)),
        NOW,
        (),
        iam=Iam(tuple(principals), tuple(policies)),
        streams=(stream(CAMERA), stream(OTHER_CAMERA), stream(CHANNEL)),
        organization=organization(),
    )
    return replace(made, **changes)


def known(*, is_complete: bool = True, **values: Any) -> Lookup:
    """Return a lookup of keys written with "__" for ":" and "_" as they are; the others are absent, or unknown."""
    texts = {key.replace("__", ":").lower(): value for key, value in values.items()}

    def lookup(key: str) -> Values:
        if key in texts:
            value = texts[key]
            return value if isinstance(value, tuple) or value is None else (value,)
        return None if is_complete else UNKNOWN

    return lookup
