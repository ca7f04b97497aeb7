import pytest

from app.core.timeline.outcome import outcome_of


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (None, "ok"),
        ("AccessDeniedException", "denied"),
        ("NotAuthorizedException", "denied"),
        ("ClientLimitExceededException", "error"),
        ("", "error"),
    ],
)
def test_it_tells_refused_from_failed(code, outcome):
    assert outcome_of(code) == outcome
