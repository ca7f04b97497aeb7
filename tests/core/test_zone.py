from app.core.zone import zoned


def test_the_name_of_a_column_of_times_ends_in_their_zone():
    assert zoned(("time", "account", "from", "footage_interval")) == (
        "time_utc",
        "account",
        "from_utc",
        "footage_interval_utc",
    )


def test_a_count_that_is_of_a_time_keeps_its_name():
    assert zoned(["reads_30d", "footage", "until"]) == ("reads_30d", "footage", "until")
