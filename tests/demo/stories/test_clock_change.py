from tests.demo.stories.conftest import calls


def test_the_job_runs_an_hour_later_by_utc_once_the_clocks_went_back(tell):
    def begins(number: int) -> str:
        return min(record["eventTime"] for record in calls(tell("clock_change", number), "GetClip"))[11:16]

    # 01:30 by the wall: 23:30 UTC of the day before in summer, 00:30 UTC in winter.
    assert [begins(-14), begins(-13), begins(-12), begins(-11)] == ["23:30", "23:30", "00:30", "00:30"]


def test_nothing_else_about_it_changes(tell):
    def looks(number: int) -> set[tuple[str, str]]:
        return {
            (r["sourceIPAddress"], r["userIdentity"]["arn"]) for r in calls(tell("clock_change", number), "GetClip")
        }

    assert looks(-13) == looks(-12)
