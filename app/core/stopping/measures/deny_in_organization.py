"""Deny the actions of Kinesis Video Streams to one principal by an SCP."""

from datetime import datetime
from typing import Any

from app.core.kvs.actions import PREFIX
from app.core.rules.fix import FixText
from app.core.rules.rule import Reference
from app.core.stopping.measure import Measure, Target, of_principal
from app.core.stopping.paste import literal, policy, shown
from app.core.stopping.scp import create, name_for, take_away

NAME = "StopKinesisVideo"


def _bar(target: Target) -> str | None:
    if not target.kind:
        return ""
    if target.is_service_linked:
        return "SCPs do not bind roles that AWS services made."
    return "SCPs do not bind the management account." if target.is_of_management else None


def _policy(target: Target) -> dict[str, Any]:
    # Of a role session aws:PrincipalArn is the role's ARN, with its path.
    same = {"ArnLike": {"aws:PrincipalArn": literal(target.principal)}}
    return policy({"Sid": NAME, "Effect": "Deny", "Action": f"{PREFIX}:*", "Resource": "*", "Condition": same})


def _texts(target: Target, _now: datetime) -> tuple[FixText, ...]:
    return FixText("AWS CLI", create(_name(target), _policy(target), target)), shown("Policy", _policy(target))


def _undo(target: Target) -> FixText:
    return take_away(_name(target), target)


def _name(target: Target) -> str:
    return name_for(NAME, target.principal, target)


MEASURE = Measure(
    title="Deny it Kinesis Video Streams, from the organization",
    place=90,
    bar=_bar,
    texts=_texts,
    undo=_undo,
    stops="Every call of Kinesis Video Streams as this principal, with any key and in any session, and nothing else. "
    "Whoever administers the account cannot take it away. To be run in the management account.",
    leaves="Calls of other services, and roles that it assumed.",
    hits=of_principal,
    reference=Reference(
        "AWS Organizations User Guide: Service control policies",
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
    ),
)
