"""Let nobody assume a role any more."""

from datetime import datetime
from typing import Any

from app.core.rules.fix import FixText
from app.core.rules.rule import Reference
from app.core.stopping.measure import Measure, Target, by_session, name_for, unchangeable
from app.core.stopping.paste import document, option, policy, shown


def _bar(target: Target) -> str | None:
    return unchangeable(target) if target.kind == "role" else ""


def _policy() -> dict[str, Any]:
    assuming = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
    return policy({"Sid": "LetNobodyIn", "Effect": "Deny", "Principal": "*", "Action": assuming})


def _texts(target: Target, _now: datetime) -> tuple[FixText, ...]:
    role, kept = option("role-name", target.name), _kept(target)
    # What is kept stays where the text is pasted twice: the second time the trust policy is ours.
    look = f"aws iam get-role {role} --query Role.AssumeRolePolicyDocument --output json{target.home}"
    put = f"aws iam update-assume-role-policy {role}{target.home}"
    return (
        FixText(
            "AWS CLI", f"test -s {kept} ||\n{look} > {kept} &&\n{put} \\\n  --policy-document {document(_policy())}"
        ),
        shown("Trust policy", _policy()),
    )


def _undo(target: Target) -> FixText:
    put, kept = f"aws iam update-assume-role-policy {option('role-name', target.name)}{target.home}", _kept(target)
    return FixText("Undo", f"{put} \\\n  --policy-document file://{kept} &&\nrm {kept}")


def _kept(target: Target) -> str:
    return f"{name_for('trust-policy-before', target.principal, target)}.json"


MEASURE = Measure(
    title="Let nobody assume the role",
    place=70,
    bar=_bar,
    texts=_texts,
    undo=_undo,
    stops="Every new session of the role, whoever asks: people, workloads, devices and other roles.",
    leaves="Sessions that are alive go on until they end, up to 12 hours: revoke them as well. The first command keeps "
    "the trust policy as it is, for the way back.",
    hits=by_session,
    keeps_out=lambda _target, _entrant: True,
    reference=Reference(
        "IAM User Guide: Update a role trust policy",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html",
    ),
)
