"""The questions and stories of docs/demo.md, asked of the demo by clicks alone: its words are the expected ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import Demo, tab
from tests.browser.journeys import Hand, Journey, by_key, by_mouse, dated, journeys, pattern, walk, words
from tests.builders.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

TEXT = (Path(__file__).parents[2] / "docs" / "demo.md").read_text()
QUESTIONS = journeys(TEXT, "Ten questions", "from the overview", "there it says")
STORIES = journeys(TEXT, "Stories", "from the overview", "there it says")
WHOLE = journeys(TEXT, "From a finding to the file", "from the overview", "there it says")
MOST_CLICKS = 4


@pytest.fixture
def page(window: BrowserContext, demo: Demo) -> Iterator[Page]:
    """The overview, on a desk."""
    with tab(window, demo.url) as found:
        found.open("/")
        yield found.page


def test_there_are_ten_questions_and_each_story_has_its_way() -> None:
    assert len(QUESTIONS) == 10
    assert len(STORIES) == 8
    assert all(journey.way and journey.answers for journey in (*QUESTIONS, *STORIES))


@pytest.mark.parametrize("journey", [*QUESTIONS, *STORIES], ids=lambda journey: journey.name)
def test_no_way_is_longer_than_four_clicks(journey: Journey) -> None:
    assert len(journey.way) <= MOST_CLICKS


@pytest.mark.parametrize("journey", QUESTIONS, ids=lambda journey: journey.name)
def test_a_question_is_answered_in_the_document_s_words(page: Page, demo: Demo, journey: Journey) -> None:
    told = walk(page, journey, demo.day)
    assert missing(told, journey, demo) == []


@pytest.mark.parametrize("journey", STORIES, ids=lambda journey: journey.name)
def test_a_story_is_found(page: Page, demo: Demo, journey: Journey) -> None:
    # Of the days before the newest two the log is still being read when the demo says that it is ready.
    assert eventually(lambda: is_found(page, demo, journey), within_s=120), missing(words(page), journey, demo)


@pytest.mark.parametrize(
    ("hand", "has_script"), [(by_mouse, True), (by_key, True), (by_mouse, False)], ids=["mouse", "keys", "no script"]
)
@pytest.mark.parametrize("journey", WHOLE, ids=lambda journey: journey.name)
def test_the_whole_way_goes_without_mouse_or_script(
    window: BrowserContext,
    plain_window: BrowserContext,
    demo: Demo,
    journey: Journey,
    hand: Hand,
    *,
    has_script: bool,
) -> None:
    with tab(window if has_script else plain_window, demo.url) as visitor:
        visitor.open("/")
        told = walk(visitor.page, journey, demo.day, hand)
    assert missing(told, journey, demo) == [], told[:2000]


def is_found(page: Page, demo: Demo, journey: Journey) -> bool:
    page.goto(demo.url)
    return missing(walk(page, journey, demo.day), journey, demo) == []


def missing(told: str, journey: Journey, demo: Demo) -> list[str]:
    """Return what of a journey's answers does not stand where it ends."""
    wanted = [dated(answer, demo.day) for answer in journey.answers]
    return [answer for answer in wanted if not pattern(answer).search(told)]
