from dataclasses import replace

from app.aws.collectors._collector import Collector, PartReader, Reach
from app.core.model.feed import Progress


def test_a_long_reading_shows_how_far_it_is_before_each_item(calls_of):
    shown = []
    calls = replace(calls_of("clinic-video"), show=shown.append)
    assert list(calls.each(["a", "b"], "streams")) == ["a", "b"]
    assert shown == [Progress(0, 2, "streams"), Progress(1, 2, "streams")]


def test_a_collector_needs_what_its_parts_need_once():
    def nothing(*_what):
        return None

    parts = tuple(PartReader(name, ("b:X", f"a:{name}"), nothing, nothing) for name in ("One", "Two"))
    assert Collector("t", Reach.GLOBAL, parts).permissions == ("a:One", "a:Two", "b:X")
