from datetime import UTC, datetime

from app.demo.estate import estate
from app.demo.gate.world import World
from app.demo.history import OrganizationHistory


def test_the_organizations_history_is_what_the_gate_asks_for():
    world = World(estate(small=True), lambda: datetime(2026, 11, 23, tzinfo=UTC), OrganizationHistory())

    assert list(world.history.times("1", "eu-west-1", "s", "GetMedia")) == []
    assert world.items["1", "eu-west-1", "channel"] == {}
    assert not world.authorizing
