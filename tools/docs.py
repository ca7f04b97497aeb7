"""Write the pages of docs/ that are made from the code: `make docs`. A test fails while one of them is outdated.

A page is one entry of PAGES: where it goes, and the function that returns its text.
"""

import re
from collections.abc import Callable
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from app.config import PREFIX, Settings
from app.core.model.account import AccountKind
from app.core.onboarding.policy import DECRYPT
from app.core.onboarding.roles import ROLE_NAMES
from app.services.permissions import permissions_by_kind, reasons
from tools.assumptions_page import assumptions_page
from tools.rule_pages import rule_pages

DOCS = Path(__file__).resolve().parents[1] / "docs"
MADE = "<!-- Made from {source} by `make docs`. Changes go there. -->\n\n"


def settings_page() -> str:
    """Return docs/settings.md: each setting, its default and its meaning."""
    rows = [_setting_row(name, field) for name, field in Settings.model_fields.items()]
    return "".join(
        (
            MADE.format(source="app/config.py"),
            "# Settings\n\n",
            "Each setting is an environment variable. A setting that is empty or absent has its default. ",
            "A secret can also lie in a file: `KVSWATCH_DATABASE_URL_FILE=/run/secrets/database_url`.\n\n",
            "| variable | default | meaning |\n|---|---|---|\n",
            *rows,
        )
    )


def _setting_row(name: str, field: FieldInfo) -> str:
    meaning = re.sub(r"([|])", r"\\\1", field.description or "")
    return f"| `{PREFIX}{name.upper()}` | {_default(field)} | {meaning} |\n"


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "see the meaning"
    if field.default in {None, ""}:
        return "not set"
    value = field.default
    return f"`{','.join(value) if isinstance(value, tuple) else value}`"


def permissions_page() -> str:
    """Return docs/permissions.md: what each role is asked for, and which part needs it."""
    return "".join(
        (
            MADE.format(source="app/aws/collectors and app/aws/sources"),
            "# Permissions\n\n",
            "What the roles of `kvswatch onboard` allow, and what for. Everything on the way to media is denied ",
            "in each of them (statement `NeverMedia`), whatever other policies are attached. A permission that is ",
            "missing leaves its part *unseen*, by name, on the account's page; the rest goes on.\n",
            *(_permissions_of(kind) for kind in AccountKind),
            _NAMED,
            _ENCRYPTED,
        )
    )


_NAMED = f"""
## On what is named alone

Actions of `s3` are allowed on the bucket that `--bucket` or `--member-bucket` names, those of `sqs` on the queue that
`--log-queue` names, those of `logs` on the log group that `--log-group` names, and in no role where nothing is named.
`--log-queue ARN` is for the role {ROLE_NAMES[AccountKind.LOG_ARCHIVE]}, `--log-group ARN` for whichever role is in the
account of its ARN. A queue that is encrypted with a KMS key of your own (SSE-KMS, not SSE-SQS) also takes `{DECRYPT}`
on that key: `--log-queue-key ARN` allows it, through SQS alone.

What fills the queue is yours to set up: an event notification of the bucket for `s3:ObjectCreated:*`, with the trail's
folder as prefix and `.json.gz` as suffix, to the queue or to a topic that the queue subscribes to; or the topic of the
trail itself.
"""

_ENCRYPTED = f"""
## Encrypted log files

Where the bucket's log files are encrypted with a KMS key (SSE-KMS, which AWS recommends for trails), reading them takes
`{DECRYPT}` on that key. `kvswatch onboard --organization --bucket BUCKET --log-bucket-key ARN` adds to the role
{ROLE_NAMES[AccountKind.LOG_ARCHIVE]} exactly this action on exactly this key, and only through S3 (`kms:ViaService`).
Give the option once for each key, by the key's ARN: a policy on an alias does not allow its key. The policy of a key in
another account must name the role too. Without it the files are denied, with `{DECRYPT}` named as missing.

The statement and the reading of S3's refusals follow AWS's documentation; neither was tried against a real AWS account.
"""


def _permissions_of(kind: AccountKind) -> str:
    rows = [f"| `{action}` | {', '.join(reasons(action, kind))} |\n" for action in sorted(permissions_by_kind()[kind])]
    return f"\n## {ROLE_NAMES[kind]}\n\n| action | for |\n|---|---|\n" + "".join(rows)


PAGES: dict[str, Callable[[], str]] = {
    "assumptions.md": assumptions_page,
    "permissions.md": permissions_page,
    "settings.md": settings_page,
    **rule_pages(),
}


def main() -> None:
    """Write every page, and say which have changed."""
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"wrote {path.relative_to(DOCS.parent)}")


if __name__ == "__main__":
    main()
