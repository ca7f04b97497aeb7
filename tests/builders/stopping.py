"""Who is to be stopped, and who called."""

import shlex
from datetime import UTC, datetime
from typing import Any

from app.core.rules.fix import FixText
from app.core.stopping.measure import Caller, Measure, Target

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
ACCOUNT = 590817264433
USER = f"arn:aws:iam::{ACCOUNT}:user/cams/gate-07"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/fleet/WardCamRole"
SSO = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Video_0123456789abcdef"
SERVICE_LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/chime.amazonaws.com/AWSServiceRoleForChime"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
KEY = "AKIAQ4EXAMPLE0000009"
CERTIFICATE = "599efcf0" * 8
HOSTILE = "a'; $(touch /tmp/x) `id` \" *"
"""What no name in IAM can be, and an imported record may say."""


def target(principal: str = ROLE, **changes: Any) -> Target:
    """Return what is to be stopped: a role, if nothing else is said."""
    return Target(**({"principal": principal, "account": ACCOUNT} | changes))


def caller(principal: str = ROLE, **changes: Any) -> Caller:
    """Return somebody who called three times in a session of a principal."""
    values: dict[str, Any] = {
        "principal": principal,
        "key": "ASIAQ4EXAMPLE0000001",
        "is_long_term": False,
        "session": "job",
        "person": None,
        "address": "198.51.100.7",
        "user_agent": "curl",
        "calls": 3,
        "reads": 1,
        "last_at": NOW,
    }
    return Caller(**(values | changes))


def text_of(measure: Measure, whom: Target, title: str = "AWS CLI") -> str:
    """Return one text of a measure."""
    found: dict[str, FixText] = {text.title: text for text in (*measure.texts(whom, NOW), measure.undo(whom))}
    return found[title].text


def words_of(command: str) -> list[str]:
    """Return the words of a command as a shell takes them."""
    return shlex.split(command.replace("\\\n", " "), comments=True)


def after(option: str, command: str) -> str:
    """Return the value of an option of a command."""
    words = words_of(command)
    return words[words.index(option) + 1]
