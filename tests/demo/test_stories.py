from pathlib import Path

import pytest

from app.demo.stories import Story
from app.demo.traffic import all_stories
from tests.demo.stories.conftest import day

DOCUMENT = (Path(__file__).parents[2] / "docs" / "demo.md").read_text()


@pytest.mark.parametrize("story", all_stories().values(), ids=lambda story: story.title)
def test_each_is_documented_with_the_pages_that_show_it(story: Story):
    assert story.title in DOCUMENT
    assert story.pages
    for page in story.pages:
        assert f"`{page}`" in DOCUMENT


def test_an_hour_of_a_day_is_a_time():
    assert day(-1).at(2.5) == day(-1).midnight + 9000


def test_randomness_is_the_days_and_the_things_own():
    first = day(-1).random("camera").random()

    assert day(-1).random("camera").random() == first
    assert day(-2).random("camera").random() != first
    assert day(-1).random("portal").random() != first
