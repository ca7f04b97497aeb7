"""Fixes filled in with a finding's own names, ready to paste.

What a log or an inventory names is hostile: every value is quoted for the language that it goes into.
"""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.core.arn import account_text, parsed
from app.core.model.finding import Finding
from app.core.rules.known import known
from app.core.rules.names import name_of, principal_of
from app.core.rules.rule import Rule

_PLACEHOLDER = re.compile(
    "<(subject|name|kind|account|region|partition|key|user|trail|tag|outsider|session|start|end)>"
)
YOURS = {
    "KEY": "the access key's ID",
    "USER": "the user that the key belongs to",
    "TRAIL": "the trail's name",
    "TAG-KEY": "the tag key on which access hangs",
    "OUTSIDER": "the account number of the third party",
    "THEIR-ROLE": "the role of theirs that needs it",
    "EXTERNAL-ID": "an ID that only you and they know",
    "ROLE-REGION": "the Region of the role alias",
    "ROLE-ALIAS": "the role alias of AWS IoT",
    "STREAM-NAME": "the stream's name",
    "SESSION-NAME": "the name of the device's session, its certificate's ID",
    "ENDPOINT": "what get-data-endpoint answers for the call",
    "VERSION": "the stream's version, as describe-stream tells it",
    "KMS-KEY": "an alias of a KMS key of yours",
    "LOG-OWNER": "the role that may change trails",
    "BUCKET": "the bucket for the log files",
    "VideoKey": "the logical ID of a KMS key of yours",
    "aws_kms_key.video": "a KMS key of yours",
    "trust.json": "a file with the trust policy",
    "selectors.json": "a file with the selectors",
}
"""What nobody but the reader can know, by the word that stands for it in a text, and what to write there."""
_YOURS = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, YOURS))})(?![\w-])")
_UNKNOWN = {
    "key": "KEY",
    "user": "USER",
    "trail": "TRAIL",
    "tag": "TAG-KEY",
    "outsider": "OUTSIDER",
    "session": "SESSION-NAME",
}
"""What stands for a placeholder that the finding's evidence does not name."""


@dataclass(frozen=True, slots=True)
class FixText:
    """One text to copy: its language as a person says it, the text, and the words in it that are the reader's to fill.

    `yours` holds (word, what to write in its place).
    """

    title: str
    text: str
    yours: tuple[tuple[str, str], ...] = ()


def fix_texts(rule: Rule[Any], finding: Finding) -> tuple[FixText, ...]:
    """Return what can be pasted to mend `finding`; a form that makes no sense for the rule is not among them."""
    fix = rule.fix
    forms = (
        ("Policy", fix.policy, _in_json),
        ("AWS CLI", fix.cli, shlex.quote),
        ("CloudFormation", fix.cloudformation, _in_json),
        ("Terraform", fix.terraform, _in_hcl),
    )
    return tuple(_filled(title, text, finding, quote) for title, text, quote in forms if text)


def _filled(title: str, text: str, finding: Finding, quote: Callable[[str], str]) -> FixText:
    """Return a text with its placeholders replaced.

    They are <subject> <name> <kind> <account> <region> <partition>, <start> and <end> (the UTC days in which it was
    seen), and those of `known`; a line that holds <key> stands once for each key. <kind> is the word of the CLI for
    an IAM principal: role, user or group. Text outside of placeholders is ours and
    stays; values are quoted, so that a placeholder never stands within quotes in CLI texts, and always does in JSON.
    """
    values = _values(finding)
    # What is not known becomes a word of ours first: a value that looks like one is none.
    ours = _PLACEHOLDER.sub(lambda found: found[0] if values[found[1]] else _UNKNOWN[found[1]], text)
    lines = (
        _line(line, values | {"key": (key,)}, quote)
        for line in ours.split("\n")
        for key in (values["key"] if "<key>" in line else ("",))
    )
    yours = tuple((word, YOURS[word]) for word in dict.fromkeys(_YOURS.findall(ours)))
    return FixText(title, "\n".join(lines), yours)


def _line(line: str, values: Mapping[str, tuple[str, ...]], quote: Callable[[str], str]) -> str:
    return _PLACEHOLDER.sub(lambda found: quote(values[found[1]][0]), line)


def _values(finding: Finding) -> dict[str, tuple[str, ...]]:
    subject = principal_of(finding.subject)
    arn = parsed(subject)
    return known(finding) | {
        "subject": (subject,),
        "name": (name_of(subject),),
        "kind": ((arn.resource.partition("/")[0] if arn else "") or "role",),
        "account": (account_text(finding.account),),
        "region": (finding.region or (arn.region if arn else "") or "us-east-1",),
        "start": (f"{finding.first_seen_at:%Y-%m-%dT00:00:00Z}",),
        "end": (f"{finding.last_seen_at + timedelta(days=1):%Y-%m-%dT00:00:00Z}",),
        "partition": (arn.partition if arn else "aws",),
    }


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _in_hcl(value: str) -> str:
    """Escape a value for a quoted Terraform string, in which ${ and %{ begin a template."""
    return _in_json(value).replace("${", "$${").replace("%{", "%%{")
