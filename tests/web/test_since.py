"""Since when permissions are as they are, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.unchanged import Unchanged
from app.web.since import since_short, since_text

AT = datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, "since when is not known: it was not read"),
        (
            Unchanged(AT, is_first=True),
            "the same in every reading of kvswatch since its first, 2026-11-21 14:00Z; what it was before is not known",
        ),
        (Unchanged(AT), "the same in every reading since 2026-11-21 14:00Z at least; older ones were not looked at"),
        (
            Unchanged(AT, AT - timedelta(hours=1)),
            "the same in every reading since 2026-11-21 14:00Z; on 2026-11-21 13:00Z it was read otherwise",
        ),
        (
            Unchanged(AT, newest=PolicyDocument(PolicyKind.MANAGED, "Watch", "{}", "arn:a", "v3", AT)),
            (
                "the same in every reading since 2026-11-21 14:00Z at least; older ones were not looked at; "
                "Watch v3 was made on 2026-11-21"
            ),
        ),
    ],
    ids=["unread", "first", "cut", "changed", "by a managed policy"],
)
def test_it_says_how_far_the_readings_reach(found, text):
    assert since_text(found) == text


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, "not read"),
        (Unchanged(AT, is_first=True), "same since 2026-11-21, the first reading"),
        (Unchanged(AT), "same since 2026-11-21, or longer"),
        (Unchanged(AT, AT - timedelta(hours=1)), "same since 2026-11-21, not before"),
        (
            Unchanged(AT, newest=PolicyDocument(PolicyKind.MANAGED, "Watch", "{}", "arn:a", "v3", AT)),
            "same since 2026-11-21, or longer; Watch v3 of 2026-11-21",
        ),
    ],
    ids=["unread", "first", "cut", "changed", "by a managed policy"],
)
def test_a_cell_says_it_in_a_few_words(found, text):
    assert since_short(found) == text
