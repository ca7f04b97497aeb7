"""Attach AWS's own policy that denies everything to a role or user."""

from datetime import datetime

from app.core.rules.fix import FixText
from app.core.rules.rule import Reference
from app.core.stopping.measure import Measure, Target, of_principal, unchangeable
from app.core.stopping.paste import option, word


def _texts(target: Target, _now: datetime) -> tuple[FixText, ...]:
    return (FixText("AWS CLI", _command("attach", target)),)


def _undo(target: Target) -> FixText:
    return FixText("Undo", _command("detach", target))


def _command(verb: str, target: Target) -> str:
    whose = option(f"{target.kind}-name", target.name)
    policy = word(f"arn:{target.partition}:iam::aws:policy/AWSDenyAll")
    return f"aws iam {verb}-{target.kind}-policy {whose} --policy-arn {policy}{target.home}"


MEASURE = Measure(
    title="Deny it everything",
    place=80,
    bar=unchangeable,
    texts=_texts,
    undo=_undo,
    stops="Every call as this role or user in all of AWS, with any key and in any session, within minutes.",
    leaves="Nothing of its own. Sessions of other roles that it took are of those roles, and go on until they end.",
    hits=of_principal,
    reference=Reference(
        "AWS Managed Policy Reference: AWSDenyAll",
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html",
    ),
)
