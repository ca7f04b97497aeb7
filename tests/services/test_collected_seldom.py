import gc

from app.services.collected_seldom import OBJECTS, collected_seldom


def test_the_process_collects_seldom_and_then_as_before():
    before = gc.get_threshold()
    with collected_seldom():
        assert gc.get_threshold() == (OBJECTS, *before[1:])
    assert gc.get_threshold() == before
