from app.core.assumptions._assumption import shows
from app.core.model.sighting import Verdict


def test_what_is_not_known_shows_nothing():
    assert [shows(True), shows(False), shows(None)] == [Verdict.CONFIRMS, Verdict.REFUTES, None]
