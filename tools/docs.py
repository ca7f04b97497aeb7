"""Write the pages of docs/ that are made from the code: `make docs`. A test fails while one of them is outdated.

A page is one entry of PAGES: where it goes, and the function that returns its text.
"""

import re
from collections.abc import Callable
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from app.config import PREFIX, Settings

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


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
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
