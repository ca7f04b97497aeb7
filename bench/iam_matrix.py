"""The access matrix at size: 10,000 principals x 46 actions x 1,000 streams, conditions and tags included.

Each principal has five policies: three shared managed ones (one of them grants KVS actions) and two inline ones of its
own with denies, tag conditions, network conditions and variables; a quarter has a permissions boundary. Two SCP levels.
Run it by itself with `python -m bench.iam_matrix [--quick]`.
"""

import json
import random
import sys
import time
from datetime import UTC, datetime
from typing import Any

from app.core.iam.explain import explain
from app.core.iam.matrix import access_matrix
from app.core.kvs.actions import NAMES
from app.core.model.account import Account, AccountKind
from app.core.model.organization import Organization, OrganizationAccount, TargetPolicies
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, Principal, PrincipalKind
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind, Stream, StreamDetail
from bench._memory import peak_megabytes

ACCOUNT = 111122223333
FULL = (10_000, 1_000)
QUICK = (500, 200)
BAR_SECONDS = 10.0
BAR_MEGABYTES = 1024.0
BAR_EXPLAIN_MILLISECONDS = 20.0
PEERS = {"iam-simulate": 3_169, "PMapper": 18_226, "moto IAMPolicy": 19_277}
"""Decisions a second of public evaluators, policies parsed once: 100 principals, 46 actions, 20 streams, two cores.

Measured elsewhere: they are no dependencies of this project."""
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_REGIONS = ("eu-central-1", "us-east-1")
_SITES = ("north", "south", "yard", "gate", "lab")


def run(*, quick: bool) -> dict[str, Any]:
    """Return seconds, decisions a second, peak memory and the time of one explanation."""
    principals, streams = QUICK if quick else FULL
    snapshot = estate(principals, streams)
    before = peak_megabytes()
    started = time.perf_counter()
    matrix = access_matrix(snapshot)
    seconds = time.perf_counter() - started
    decisions = principals * len(NAMES) * streams
    explaining = _explain_milliseconds(snapshot)
    bars = {"explain_ms": (round(explaining, 3), BAR_EXPLAIN_MILLISECONDS)}
    if not quick:
        bars |= {
            "seconds": (round(seconds, 3), BAR_SECONDS),
            "peak_mb": (round(peak_megabytes(), 1), BAR_MEGABYTES),
        }
    return {
        "principals": principals,
        "actions": len(NAMES),
        "streams": streams,
        "grants": len(matrix.grants),
        "seconds": round(seconds, 3),
        "decisions_per_second": round(decisions / seconds),
        "peers_decisions_per_second": PEERS,
        "times_faster_than": {name: round(decisions / seconds / rate) for name, rate in PEERS.items()},
        "peak_mb": round(peak_megabytes(), 1),
        "peak_mb_before": round(before, 1),
        "explain_ms": round(explaining, 3),
        "missed": {name: value for name, (value, bar) in bars.items() if value > bar},
    }


def estate(principals: int, streams: int, seed: int = 7) -> Snapshot:
    """Return an account of the given size, the same for the same arguments."""
    rng = random.Random(seed)
    managed = _managed(rng)
    boundary = _document(PolicyKind.BOUNDARY, "boundary", [_allow(["kinesisvideo:*", "s3:*", "logs:*"], "*")])
    callers = tuple(_principal(rng, number, managed, boundary) for number in range(principals))
    return Snapshot(
        Account(ACCOUNT, "bench", AccountKind.MEMBER, "arn:aws:iam::111122223333:role/scan", None, _REGIONS),
        _EPOCH,
        (),
        iam=Iam(callers, (*managed, boundary)),
        streams=tuple(_stream(rng, number) for number in range(streams)),
        organization=_organization(),
    )


def _stream(rng: random.Random, number: int) -> Stream:
    region = _REGIONS[number % 2]
    kind = ResourceKind.CHANNEL if number % 5 == 0 else ResourceKind.STREAM
    name = f"{rng.choice(_SITES)}-cam-{number}"
    tags = (("site", name.split("-", maxsplit=1)[0]), ("env", rng.choice(("prod", "dev"))))
    arn = f"arn:aws:kinesisvideo:{region}:{ACCOUNT}:{kind}/{name}/{1_700_000_000_000 + number}"
    return Stream(arn, name, region, kind, "ACTIVE", _EPOCH, detail=StreamDetail(tags=tags))


def _principal(
    rng: random.Random, number: int, managed: tuple[PolicyDocument, ...], boundary: PolicyDocument
) -> Principal:
    name = f"role-{number}"
    kvs, others = managed[:12], managed[12:]
    attached = (rng.choice(kvs).arn, *(one.arn for one in rng.sample(others, 2)))
    return Principal(
        arn=f"arn:aws:iam::{ACCOUNT}:role/{name}",
        kind=PrincipalKind.ROLE,
        name=name,
        path="/",
        unique_id=f"AROA{number:016d}",
        created_at=_EPOCH,
        tags=(("site", rng.choice(_SITES)),),
        inline=(_inline_allow(rng, number), _inline_deny(rng, number)),
        attached=tuple(arn for arn in attached if arn),
        boundary=boundary.arn if number % 4 == 0 else None,
        trust=PolicyDocument(PolicyKind.TRUST, "trust", '{"Version":"2012-10-17","Statement":[]}'),
    )


def _inline_allow(rng: random.Random, number: int) -> PolicyDocument:
    return _document(
        PolicyKind.INLINE,
        f"own-{number}",
        [
            _allow(
                ["kinesisvideo:PutMedia", "kinesisvideo:GetDataEndpoint", "kinesisvideo:Describe*"],
                f"arn:aws:kinesisvideo:*:{ACCOUNT}:stream/{rng.choice(_SITES)}-cam-{number % 1000}/*",
            ),
            _allow(["kinesisvideo:Get*"], "*", StringEquals={"aws:ResourceTag/site": rng.choice(_SITES)}),
            _allow(["kinesisvideo:*Media*"], f"arn:aws:kinesisvideo:*:{ACCOUNT}:stream/${{aws:PrincipalTag/site}}-*/*"),
            _allow(["kinesisvideo:ConnectAsViewer"], "*", IpAddress={"aws:SourceIp": f"10.{number % 250}.0.0/16"}),
        ],
    )


def _inline_deny(rng: random.Random, number: int) -> PolicyDocument:
    return _document(
        PolicyKind.INLINE,
        f"limits-{number}",
        [
            _deny(["kinesisvideo:Delete*"], f"arn:aws:kinesisvideo:*:*:*/{rng.choice(_SITES)}-cam-{number % 97}*"),
            _deny(["kinesisvideo:*"], "*", BoolIfExists={"aws:MultiFactorAuthPresent": "false"})
            if number % 3 == 0
            else _deny(["kinesisvideo:Tag*", "kinesisvideo:Untag*"], "*"),
            _deny(
                ["kinesisvideo:GetMedia", "kinesisvideo:GetClip"],
                "*",
                StringNotEquals={"aws:ResourceTag/env": rng.choice(("prod", "dev"))},
            ),
        ],
    )


def _managed(rng: random.Random) -> tuple[PolicyDocument, ...]:
    """Return 12 policies that grant KVS actions and 200 of some kilobytes that do not."""
    granting = [
        _document(
            PolicyKind.MANAGED,
            f"grants-{number}",
            [*_noise(rng, 20), _allow(rng.sample([f"kinesisvideo:{name}" for name in NAMES], 12), "*")],
        )
        for number in range(12)
    ]
    others = [_document(PolicyKind.MANAGED, f"other-{number}", _noise(rng, 40)) for number in range(200)]
    return (*granting, *others)


def _noise(rng: random.Random, statements: int) -> list[dict[str, Any]]:
    services = ("s3", "ec2", "logs", "lambda", "sqs", "sns", "dynamodb", "kinesis", "rds", "iam")
    return [
        _allow([f"{rng.choice(services)}:{verb}{rng.randrange(999)}*" for verb in ("Get", "List", "Put")], "*")
        for _ in range(statements)
    ]


def _organization() -> Organization:
    full = _document(PolicyKind.SCP, "FullAWSAccess", [_allow(["*"], "*")])
    guard = _document(
        PolicyKind.SCP,
        "guard",
        [_deny(["*"], "*", StringNotEquals={"aws:RequestedRegion": list(_REGIONS)}, ArnNotLike=_EXEMPT)],
    )
    root, unit, account = "r-1", "ou-1", str(ACCOUNT)
    return Organization(
        "o-bench",
        999988887777,
        (OrganizationAccount(ACCOUNT, "bench", "ACTIVE", (root, unit, account)),),
        (
            TargetPolicies(root, (full,), ()),
            TargetPolicies(unit, (full, guard), ()),
            TargetPolicies(account, (full,), ()),
        ),
        ("SERVICE_CONTROL_POLICY",),
    )


_EXEMPT = {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}


def _allow(actions: list[str], target: str, **conditions: Any) -> dict[str, Any]:
    return _statement("Allow", actions, target, conditions)


def _deny(actions: list[str], target: str, **conditions: Any) -> dict[str, Any]:
    return _statement("Deny", actions, target, conditions)


def _statement(effect: str, actions: list[str], target: str, conditions: dict[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": effect, "Action": actions, "Resource": target}
    return {**statement, "Condition": conditions} if conditions else statement


def _document(kind: PolicyKind, name: str, statements: list[dict[str, Any]]) -> PolicyDocument:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    arn = None if kind is PolicyKind.INLINE else f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    return PolicyDocument(kind, name, text, arn)


def _explain_milliseconds(snapshot: Snapshot) -> float:
    """Return the mean over ten cells, each explained from the snapshot alone."""
    iam = snapshot.iam
    callers = iam.principals[:10] if iam else ()
    target = next(one.arn for one in snapshot.streams if one.kind is ResourceKind.STREAM)
    started = time.perf_counter()
    for caller in callers:
        explain(snapshot, caller.arn, "GetMedia", target)
    return (time.perf_counter() - started) * 1000 / len(callers)


if __name__ == "__main__":
    print(json.dumps(run(quick="--quick" in sys.argv), indent=2))
