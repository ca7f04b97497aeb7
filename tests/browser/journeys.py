"""Ways through the pages as docs/demo.md writes them: read, walked by links alone, and compared with its words.

A step is a search (search `camera 17`), a form's field (*Video of, UTC*: `now-1d..now`), something folded (open
**Burst of denied calls**), or a link by its name (**Statement**), where need be in a row of a table (**lineage** in the
row of *86 fragment lists*).
In backticks `{-3}` is the date three days before the demo was started, `{saturday}` that of the footage that Mara
Lindqvist asked for, `{23/22}` either number (the first until all was read that does not delay the demo's `ready`), and
`…` whatever moves.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as NeverThere

from app.demo.stories.analyst_at_night import last_saturday

_STEP = re.compile(
    r"search `(?P<search>[^`]+)`"
    r"|\*(?P<label>[^*`]+)\*: `(?P<text>[^`]+)`"
    r"|open \*\*(?P<folded>[^*]+)\*\*"
    r"|\*\*(?P<link>[^*]+)\*\*(?: in the row of \*(?P<row>[^*]+)\*)?"
)
_NIGHT = time(2, 9, tzinfo=UTC)
"""When she asked for it, on the day before."""


@dataclass(frozen=True, slots=True)
class Step:
    """One click, or one text and Enter."""

    search: str | None
    label: str | None
    text: str | None
    folded: str | None
    link: str | None
    row: str | None


@dataclass(frozen=True, slots=True)
class Journey:
    """A row of the document: what it is about, the way from the overview, and what stands where it ends."""

    name: str
    way: tuple[Step, ...]
    answers: tuple[str, ...]


def journeys(document: str, section: str, way: str, answer: str) -> tuple[Journey, ...]:
    """Return a journey for each row of the first table of a section, by the headings of its columns."""
    body = document.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ") for line in body.splitlines() if line.startswith("|")]
    heads, *rows = ([cell.strip() for cell in line.split(" | ")] for line in lines if not line.startswith("-"))
    return tuple(_journey(dict(zip(heads, cells, strict=True)), heads[0], way, answer) for cells in rows)


def _journey(row: dict[str, str], name: str, way: str, answer: str) -> Journey:
    steps = row[way].split(" → ")
    found = [_STEP.fullmatch(step) for step in steps]
    assert all(found), f"{row[name]}: no step is written so: {row[way]}"
    return Journey(
        row[name],
        tuple(Step(**match.groupdict()) for match in found if match),
        tuple(re.findall(r"`([^`]+)`", row[answer])),
    )


def dated(text: str, day: date) -> str:
    """Return a text of the document with the dates that it means in a demo that was started on `day`."""
    night = datetime.combine(day - timedelta(days=1), _NIGHT)
    filmed = datetime.fromtimestamp(last_saturday(int(night.timestamp())), UTC)
    text = text.replace("{saturday}", f"{filmed:%Y-%m-%d}")
    return re.sub(r"\{(-?\d+)\}", lambda found: f"{day + timedelta(days=int(found[1])):%Y-%m-%d}", text)


def pattern(text: str) -> re.Pattern[str]:
    """Return what a page's words have to hold where the document says `text`."""
    escaped = ".*?".join(map(re.escape, text.split("…")))
    return re.compile(re.sub(r"\\\{(\d+)/(\d+)\\\}", r"\\b(?:\1|\2)\\b", escaped))


Hand = Callable[[Locator], None]
"""What takes a link, or opens what is folded."""


def by_mouse(place: Locator) -> None:
    """Click."""
    place.click()


def by_key(place: Locator) -> None:
    """Come to it by Tab alone, as somebody without a mouse does, and press Enter."""
    keyboard = place.page.keyboard
    for _ in range(MOST_TABS):
        if place.evaluate("(element) => element === document.activeElement"):
            keyboard.press("Enter")
            return
        keyboard.press("Tab")
    raise AssertionError(f"{place} has no focus after {MOST_TABS} tabs")


MOST_TABS = 400
ARRIVES_MS = 5_000
"""A page that was asked for by key may still be on its way when the one before it has answered."""


def walk(page: Page, journey: Journey, day: date, hand: Hand = by_mouse) -> str:
    """Go a journey's way from the overview, and return the words where it ends: those of a file, or of the page.

    It ends early where the next step is not there.
    """
    for step in journey.way:
        place = _place(page, step, day)
        try:
            place.wait_for(state="attached", timeout=ARRIVES_MS)
        except NeverThere:
            return f"no {step} on {words(page)}"
        if place.get_attribute("download") is not None:
            return _file(page, place, hand)
        _go(page, step, place, day, hand)
    return words(page)


def words(page: Page) -> str:
    """Return what a reader sees of a page, its white space as single spaces."""
    return re.sub(r"\s+", " ", page.locator("main").inner_text())


def _place(page: Page, step: Step, day: date) -> Locator:
    """Return where a step is taken: the first of that name, in the row that has some words if one is told."""
    if step.search:
        return page.get_by_label("Search", exact=True)
    if step.label:
        return page.get_by_label(step.label)
    if step.folded:
        return page.locator("summary").filter(has_text=step.folded).first
    around = page.locator("body")
    if step.row:
        around = page.get_by_role("row").filter(has_text=pattern(dated(step.row, day)))
    return around.get_by_role("link", name=step.link).first


def _go(page: Page, step: Step, place: Locator, day: date, hand: Hand) -> None:
    if step.folded:
        hand(place)
        return
    with page.expect_navigation(wait_until="domcontentloaded"):
        if step.link:
            hand(place)
        else:
            place.fill(dated(step.search or step.text or "", day))
            place.press("Enter")


def _file(page: Page, place: Locator, hand: Hand) -> str:
    with page.expect_download() as download:
        hand(place)
    return f"{download.value.suggested_filename} {download.value.path().read_text()}"
