"""Who may and who did, of every way out."""

from starlette.testclient import TestClient

from tests.builders.ways import way_of


def test_who_may_is_counted_over_the_calls_of_the_way_and_leads_to_the_matrix(
    client: TestClient, estate: dict[str, int]
) -> None:
    assert "1 principal [/matrix?account=" in way_of(client, estate["ward-3"], "Playback URLs")
    assert "0 principals [/matrix?account=" in way_of(client, estate["ward-3"], "Image generation")


def test_of_a_stream_on_which_nobody_was_judged_who_may_is_not_known(
    client: TestClient, estate: dict[str, int]
) -> None:
    assert "not known no policies were judged on it" in way_of(client, estate["old-0"], "Playback URLs")


def test_none_is_a_word_of_its_own_where_not_all_was_observed(client: TestClient, estate: dict[str, int]) -> None:
    assert "none seen in 7 d; 96.1 % observed" in way_of(client, estate["ward-3"], "AWS services")
    assert "nobody in 7 d" in way_of(client, estate["gate-3"], "AWS services")
    assert "not observable" in way_of(client, estate["old-0"], "Playback URLs")
