"""Deny the actions of Kinesis Video Streams to one principal by an SCP."""

from datetime import datetime
from typing import Any

from app.core.arn import account_text
from app.core.kvs.actions import PREFIX
from app.core.rules.fix import FixText
from app.core.rules.rule import Reference
from app.core.stopping.measure import Caller, Measure, Target, name_for, of_principal
from app.core.stopping.paste import literal, policy, shown
from app.core.stopping.scp import create, take_away

NAME = "StopKinesisVideo"


def _bar(target: Target) -> str | None:
    if not target.kind:
        return ""
    if target.is_service_linked:
        return "SCPs do not bind roles that AWS services made."
    return "SCPs do not bind the management account." if target.is_of_management else None


def _policy(target: Target) -> dict[str, Any]:
    # Of a role session aws:PrincipalArn is the role's ARN, with its path; a session of GetFederationToken has one of
    # its own (IAM User Guide, "AWS global condition context keys").
    arns = [literal(arn) for arn in (target.principal, _federated(target)) if arn]
    same = {"ArnLike": {"aws:PrincipalArn": arns if arns[1:] else arns[0]}}
    return policy({"Sid": NAME, "Effect": "Deny", "Action": f"{PREFIX}:*", "Resource": "*", "Condition": same})


def _federated(target: Target) -> str:
    """Return the ARN of a session of GetFederationToken, the only one of a user that has a name; "" of all else."""
    if target.kind == "role" or not target.session:
        return ""
    return f"arn:{target.partition}:sts::{account_text(target.account or 0)}:federated-user/{target.session}"


def _hits(target: Target, caller: Caller) -> bool:
    is_bound = target.kind == "role" or caller.session in {None, target.session}
    return of_principal(target, caller) and is_bound


def _texts(target: Target, _now: datetime) -> tuple[FixText, ...]:
    return FixText("AWS CLI", create(_name(target), _policy(target), target)), shown("Policy", _policy(target))


def _undo(target: Target) -> FixText:
    return take_away(_name(target), target)


def _name(target: Target) -> str:
    return name_for(NAME, f"{target.principal} {_federated(target)}".strip(), target)


MEASURE = Measure(
    title="Deny it Kinesis Video Streams, from the organization",
    place=90,
    bar=_bar,
    texts=_texts,
    undo=_undo,
    stops="Every call of Kinesis Video Streams as this principal, with any key and in any session, and nothing else. "
    "Whoever administers the account cannot take it away. To be run in the management account.",
    leaves="Calls of other services, sts:AssumeRole among them: it takes other roles as before, and calls Kinesis "
    "Video Streams as these. So do users of other names that it federated (GetFederationToken): those have an ARN of "
    "their own.",
    hits=_hits,
    is_of_kvs=True,
    reference=Reference(
        "AWS Organizations User Guide: Service control policies",
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
    ),
)
