"""Write the pages of docs/ that are made from the code: `make docs`. A test asserts that they are current."""

import sys
from pathlib import Path

from app.core.model.account import AccountKind
from app.services.permissions import permissions_by_kind, reasons

ROOT = Path(__file__).resolve().parents[1]
MADE = "<!-- Made by `make docs` from {source}: change it there. -->\n\n"


def settings_page() -> str:
    """Return docs/settings.md: every setting with its default and meaning."""
    from app.config import PREFIX, Settings, default_text  # noqa: PLC0415

    rows = [
        f"| `{PREFIX}{name.upper()}` | {default_text(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return (
        "# Settings\n\n"
        + MADE.format(source="app/config.py")
        + "kvswatch is set by environment variables. Each may also come from a file, for secrets: "
        "`KVSWATCH_EXTERNAL_ID_FILE=/run/secrets/external-id`.\n"
        "A malformed value stops the start with exit code 2 and says what is allowed; a misspelt name is warned of.\n\n"
        "| setting | default | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n\n"
        "AWS credentials come from where boto3 looks for them: `AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, a container's or "
        "an instance's role.\n"
    )


def permissions_page() -> str:
    """Return docs/permissions.md: what each role is asked for, and which part needs it."""
    sections = []
    for kind in AccountKind:
        rows = [f"| `{action}` | {', '.join(reasons(action, kind))} |" for action in sorted(permissions_by_kind()[kind])]
        sections.append(f"## {kind.replace('_', '-')}\n\n| action | for |\n|---|---|\n" + "\n".join(rows) + "\n")
    return (
        "# Permissions\n\n"
        + MADE.format(source="the collectors and sources")
        + "What the roles of `kvswatch onboard` allow, and for which part. Everything on the way to media is denied in each "
        "of them (statement `NeverMedia`), whatever other policies are attached. A permission that is missing leaves its "
        "part *unseen*, by name, on the account's page; the rest goes on.\n\n" + "\n".join(sections)
    )


PAGES = {"docs/settings.md": settings_page, "docs/permissions.md": permissions_page}


def main() -> None:
    """Write the pages, or with --check name those that are not current and exit 1."""
    stale = [path for path, page in PAGES.items() if not (ROOT / path).exists() or (ROOT / path).read_text() != page()]
    if "--check" in sys.argv:
        sys.exit(f"not current, run `make docs`: {', '.join(stale)}" if stale else 0)
    for path in stale:
        (ROOT / path).write_text(PAGES[path]())
        print(path)


if __name__ == "__main__":
    main()
