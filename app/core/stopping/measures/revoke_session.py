"""Deny everything to the sessions of a role that have one name."""

from datetime import datetime
from typing import Any

from app.core.rules.fix import FixText
from app.core.rules.rule import Reference
from app.core.stopping.measure import Caller, Measure, Target, by_session, name_for, unchangeable
from app.core.stopping.paste import document, literal, option, policy, shown

POLICY_NAME = "StopOneSession"


def _bar(target: Target) -> str | None:
    return unchangeable(target) if target.kind == "role" and target.session else ""


def _policy(target: Target) -> dict[str, Any]:
    # aws:userid of a role session is the role's unique ID and the session's name.
    same = {"StringLike": {"aws:userid": f"*:{literal(target.session or '')}"}}
    return policy({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": same})


def _texts(target: Target, _now: datetime) -> tuple[FixText, ...]:
    return (
        FixText("AWS CLI", f"{_command('put', target)} \\\n  --policy-document {document(_policy(target))}"),
        shown("Policy", _policy(target)),
    )


def _undo(target: Target) -> FixText:
    return FixText("Undo", _command("delete", target))


def _command(verb: str, target: Target) -> str:
    name = name_for(POLICY_NAME, f"{target.principal} {target.session}", target)
    return f"aws iam {verb}-role-policy {option('role-name', target.name)} --policy-name {name}{target.home}"


def _hits(target: Target, caller: Caller) -> bool:
    return by_session(target, caller) and caller.session == target.session


MEASURE = Measure(
    title="Deny the sessions of this name",
    place=20,
    bar=_bar,
    texts=_texts,
    undo=_undo,
    stops="Every call of a session of this role that has this name, alive or to come, within minutes.",
    leaves="Whoever may assume the role may choose another name for the next session, unless its trust policy asks for "
    "this one. Sessions of other roles that were taken with it are of those roles, and go on until they end.",
    hits=_hits,
    reference=Reference(
        "IAM User Guide: Disabling permissions for temporary security credentials",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html",
    ),
)
