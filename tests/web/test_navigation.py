"""The menu."""

from app.web.navigation import Nav, entries

MENU = (
    Nav("Overview", "/", "house", 100),
    Nav("Findings", "/findings", "triangle-alert", 110, "findings"),
    Nav("Streams", "/streams", "camera", 200, "streams"),
)


def test_a_page_marks_the_entry_that_it_hangs_below() -> None:
    here = [entry.label for entry in entries(MENU, "/streams/7", {}) if entry.is_here]
    assert here == ["Streams"]


def test_the_overview_is_not_above_everything() -> None:
    assert [entry.label for entry in entries(MENU, "/", {}) if entry.is_here] == ["Overview"]


def test_a_name_that_begins_alike_is_another_page() -> None:
    assert [entry.label for entry in entries(MENU, "/streams-of-old", {}) if entry.is_here] == []


def test_counts_stand_with_their_entries_and_groups_are_parted() -> None:
    found = entries(MENU, "/", {"findings": "31"})
    assert [entry.count for entry in found] == ["", "31", ""]
    assert [entry.starts_group for entry in found] == [False, False, True]
