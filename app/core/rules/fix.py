"""Fixes filled in with a finding's own names, ready to paste.

What a log or an inventory names is hostile: every value is quoted for the language that it goes into.
"""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.arn import account_text, parsed
from app.core.model.finding import Finding
from app.core.rules.names import name_of, principal_of
from app.core.rules.rule import Rule, Text

_PLACEHOLDER = re.compile("<(subject|name|kind|account|region|partition)>")


@dataclass(frozen=True, slots=True)
class FixText:
    """One text to copy: its language as a person says it, and the text."""

    title: str
    text: str


def fix_texts(rule: Rule[Any], finding: Finding) -> tuple[FixText, ...]:
    """Return what can be pasted to mend `finding`; a form that makes no sense for the rule is not among them."""
    fix = rule.fix
    forms = (
        ("Policy", fix.policy, _in_json),
        ("AWS CLI", fix.cli, shlex.quote),
        ("CloudFormation", fix.cloudformation, _in_json),
        ("Terraform", fix.terraform, _in_hcl),
    )
    texts = ((title, filled(text, finding, quote)) for title, text, quote in forms if text)
    return tuple(FixText(title, text) for title, text in texts if text)


def filled(text: Text, finding: Finding, quote: Callable[[str], str]) -> str:
    """Return a text with its placeholders replaced: <subject> <name> <kind> <account> <region> <partition>.

    `kind` is the word of the CLI for an IAM principal: role, user or group. Text outside of placeholders is ours and
    stays; values are quoted, so that a placeholder never stands within quotes in CLI texts, and always does in JSON.
    """
    if callable(text):
        return text(finding)
    subject = principal_of(finding.subject)
    arn = parsed(subject)
    values = {
        "subject": subject,
        "name": name_of(subject),
        "kind": (arn.resource.partition("/")[0] if arn else "") or "role",
        "account": account_text(finding.account),
        "region": finding.region or (arn.region if arn else "") or "us-east-1",
        "partition": arn.partition if arn else "aws",
    }
    return _PLACEHOLDER.sub(lambda found: quote(values[found[1]]), text)


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _in_hcl(value: str) -> str:
    """Escape a value for a quoted Terraform string, in which ${ and %{ begin a template."""
    return _in_json(value).replace("${", "$${").replace("%{", "%%{")
