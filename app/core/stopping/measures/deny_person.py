"""Deny everything to one user of IAM Identity Center, whatever roles they have."""

from datetime import datetime
from typing import Any

from app.core.rules.fix import FixText
from app.core.rules.rule import Reference
from app.core.stopping.measure import Caller, Measure, Target, name_for
from app.core.stopping.paste import document, policy, shown, word
from app.core.stopping.scp import create, take_away

NAME = "StopOnePerson"
_USER = ("USER-ID", "what the first command answers")


def _bar(target: Target) -> str | None:
    if not target.is_of_identity_center or not target.person:
        return ""
    return "An SCP does not bind the management account." if target.is_of_management else None


def _policy() -> dict[str, Any]:
    same = {"StringEquals": {"identitystore:userId": "USER-ID"}}
    return policy({"Sid": NAME, "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": same})


def _texts(target: Target, _now: datetime) -> tuple[FixText, ...]:
    who = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": target.person}}
    region = word(_home(target))
    look = (
        f"aws identitystore get-user-id --identity-store-id STORE-ID --region {region} \\\n"
        f"  --alternate-identifier {document(who)} --query UserId --output text"
    )
    store = ("STORE-ID", f"the identity store: aws sso-admin list-instances --region {region}")
    return (
        FixText("AWS CLI", f"{look}\n{create(_name(target), _policy(), target)}", (_USER, store)),
        shown("Policy", _policy(), (_USER,)),
    )


def _home(target: Target) -> str:
    """Return the Region of Identity Center, of which its identity store is: it stands in the path of the role's ARN.

    Source: IAM Identity Center User Guide, "Referencing permission sets in resource policies": but for us-east-1.
    """
    region, _, name = target.principal.partition("/sso.amazonaws.com/")[2].partition("/")
    return region if name else "us-east-1"


def _undo(target: Target) -> FixText:
    return take_away(_name(target), target)


def _name(target: Target) -> str:
    return name_for(NAME, target.person or "", target)


def _hits(target: Target, caller: Caller) -> bool:
    return caller.person == target.person


MEASURE = Measure(
    title="Deny the person",
    place=40,
    bar=_bar,
    texts=_texts,
    undo=_undo,
    stops="Every call of this user of Identity Center in the account, with any permission set, sessions that are alive "
    "included. To be run in the management account.",
    leaves="Other users of the same permission set. Sessions of other roles that the user took before go on until they "
    "end. Take away the assignments too, and end the user's session of the "
    "access portal, or they get in at other accounts.",
    hits=_hits,
    reference=Reference(
        "IAM Identity Center User Guide: Use a Deny policy to revoke active user permissions",
        "https://docs.aws.amazon.com/singlesignon/latest/userguide/prereqs-revoking-user-permissions.html",
    ),
)
