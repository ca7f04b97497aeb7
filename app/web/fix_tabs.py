"""Texts to paste, one a tab: a fix, a measure, what closes a hole."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from app.core.rules.fix import FixText
from app.web import filters


@dataclass(frozen=True, slots=True)
class FixTab:
    """One text to paste; `yours` are the words in it that are the reader's to fill."""

    label: str
    element_id: str
    code: Markup
    yours: tuple[tuple[str, str], ...]


def fix_tabs(texts: Iterable[FixText], element_id: str, label: str) -> tuple[FixTab, ...]:
    """Return the tabs of texts; `label` says to those who hear the page what each is a form of."""
    return tuple(
        FixTab(one.title, f"{element_id}-{n}", filters.bare(one.text, f"{label}: {one.title}"), one.yours)
        for n, one in enumerate(texts)
    )
