from collections import Counter
from datetime import UTC, datetime

import msgspec

from app.demo.estate import estate
from app.demo.traffic import Traffic, all_stories, midnight

TODAY = datetime(2026, 11, 23, tzinfo=UTC)
START = int(TODAY.timestamp())
SMALL = estate(small=True)


def traffic(seed: int = 7) -> Traffic:
    return Traffic(SMALL, TODAY, seed)


def test_a_stretch_is_the_same_whether_told_whole_or_in_parts():
    whole = list(traffic().between(START - 90_000, START + 5000))
    parts = [
        happening
        for begin in range(START - 90_000, START + 5000, 2500)
        for happening in traffic().between(begin, begin + 2500)
    ]

    assert [happening.raw for happening in parts] == [happening.raw for happening in whole]


def test_it_is_told_in_order_of_time_and_each_thing_once():
    told = list(traffic().between(START - 86_400, START))
    ids = Counter((msgspec.json.decode(h.raw)["eventID"], h.account) for h in told)

    assert [happening.at for happening in told] == sorted(happening.at for happening in told)
    assert ids.most_common(1)[0][1] == 1


def test_another_seed_tells_other_details():
    first = [happening.raw for happening in traffic(7).between(START - 3600, START)]
    second = [happening.raw for happening in traffic(8).between(START - 3600, START)]

    assert first != second


def test_the_future_is_told_too():
    assert len(list(traffic().between(START + 5 * 86_400, START + 6 * 86_400))) > 100


def test_the_small_organization_leaves_out_stories_of_absent_accounts():
    names = {story.title for story in traffic().stories}

    assert "A leaked long-term key used from a new network" in names
    assert "Cameras on mobile networks" not in names


def test_every_story_of_the_issue_is_there():
    stories = all_stories()

    told = {name for name, story in stories.items() if not story.is_decoy}
    assert told == {
        "analyst_at_night",
        "denied_burst",
        "foreign_stream",
        "leaked_key",
        "long_url",
        "stopped_trail",
        "three_roles",
        "unlogged_account",
    }
    decoys = {"mobile_cameras", "camera_swap", "deployment", "vendor_nightly", "clock_change"}
    assert decoys <= {name for name, story in stories.items() if story.is_decoy}


def test_midnight_is_that_of_the_day_in_utc():
    assert midnight(datetime(2026, 11, 23, 9, 41, tzinfo=UTC)) == TODAY
