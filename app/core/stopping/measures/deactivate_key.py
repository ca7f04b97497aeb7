"""Set a long-term access key to inactive."""

from datetime import datetime

from app.core.rules.fix import FixText
from app.core.rules.rule import Reference
from app.core.stopping.measure import Caller, Measure, Target
from app.core.stopping.paste import option, word


def _bar(target: Target) -> str | None:
    return None if target.keys and target.kind in {"user", "root"} else ""


def _texts(target: Target, _now: datetime) -> tuple[FixText, ...]:
    return (FixText("AWS CLI", _commands(target, "Inactive")),)


def _undo(target: Target) -> FixText:
    return FixText("Undo", _commands(target, "Active"))


def _commands(target: Target, status: str) -> str:
    # The root user has no name: its keys are changed by itself alone.
    whose = f" {option('user-name', target.name)}" if target.kind == "user" else ""
    lines = (
        f"aws iam update-access-key{whose} --access-key-id {word(key)} --status {status}{target.home}"
        for key in target.keys
    )
    return "\n".join(lines)


def _hits(target: Target, caller: Caller) -> bool:
    return caller.key in target.keys


MEASURE = Measure(
    title="Deactivate the access key",
    place=10,
    bar=_bar,
    texts=_texts,
    undo=_undo,
    stops="Every call that is signed with the key. IAM may need some minutes until it holds everywhere.",
    leaves="Roles that were assumed with it, and temporary credentials drawn from it (GetSessionToken, "
    "GetFederationToken: up to 36 hours, not recorded here), go on until they end: revoke the user's as well.",
    hits=_hits,
    reference=Reference(
        "IAM User Guide: Manage access keys for IAM users",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
    ),
)
