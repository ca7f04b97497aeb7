"""What it costs to log what a hole hides."""

from datetime import date

from app.core.coverage.cost import FREE, Expected, by_others, cost, counted, in_all, logged_again
from app.core.coverage.observe import ActionClass
from app.core.model.metric import RequestCount, RequestCounts

READ, WRITE, SIGNALING = ActionClass.READ, ActionClass.WRITE, ActionClass.SIGNALING
NAMES = {kind: kind.value for kind in ActionClass}
COUNTS = RequestCounts(
    date(2026, 11, 9),
    date(2026, 11, 23),
    (
        RequestCount("ward", "GetMedia", date(2026, 11, 10), 1_400),
        RequestCount("ward", "PutMedia", date(2026, 11, 10), 28_000),
        RequestCount("ward", "GetHLSMediaPlaylist", date(2026, 11, 10), 900_000),
    ),
)


def test_requests_are_counted_by_class_and_those_of_no_action_of_iam_are_not() -> None:
    read, write = counted(READ, COUNTS), counted(WRITE, COUNTS)
    assert read is not None
    assert write is not None
    assert (read.calls, write.calls) == (100, 2_000)
    assert read.basis == "by CloudWatch's request counts of 14 days to 2026-11-23"


def test_cloudwatch_tells_nothing_of_channels_and_of_no_day() -> None:
    assert counted(SIGNALING, COUNTS) is None
    assert counted(READ, RequestCounts(COUNTS.until, COUNTS.until, ())) is None


def test_calls_of_logged_streams_say_what_is_usual_on_as_many() -> None:
    assert by_others(calls=700, streams=10, days=7, mine=3) == Expected(
        30, "as on 10 like ones whose calls are stored, over 7 days"
    )
    assert by_others(0, 0, 7, 3) is None
    assert by_others(5, 3, 0, 3) is None


def test_the_price_is_that_of_a_month_and_says_what_it_rests_on() -> None:
    told = cost({READ: counted(READ, COUNTS), WRITE: Expected(200_000, "guess")}, NAMES, is_part=False)
    assert told.startswith("Costs about US$6.00 a month: 6,003,000 calls, by CloudWatch's request counts of 14 days")
    assert "to 2026-11-23 and guess. That is a projection: the calls a day of that time, times 30. The price" in told
    assert "an old copy of its page: check today's" in told


def test_a_few_calls_cost_less_than_a_cent_and_none_nothing() -> None:
    assert "about less" not in (few := cost({READ: Expected(10, "b")}, NAMES, is_part=False))
    assert "less than US$0.01 a month: 300 calls" in few
    assert "US$0.00 a month: 0 calls" in cost({READ: Expected(0, "b")}, NAMES, is_part=False)


def test_what_is_logged_in_part_already_costs_at_most_as_much() -> None:
    assert "Costs at most about US$3.00" in cost({READ: Expected(100_000, "b")}, NAMES, is_part=True)


def test_an_unknown_class_is_said_and_never_counted_as_none() -> None:
    both = cost({READ: Expected(100_000, "b"), SIGNALING: None}, NAMES, is_part=True)
    assert "at most" not in both
    assert "how many of signaling there are is not known" in both
    assert cost({SIGNALING: None}, NAMES, is_part=False).startswith("Its cost is not known")


def test_management_events_are_free_by_the_list_and_not_estimated() -> None:
    assert cost({ActionClass.MANAGEMENT: None}, NAMES, is_part=False) == FREE


def test_a_trail_of_several_regions_costs_what_it_logs_in_all_of_them() -> None:
    here, there = {READ: Expected(50_000, "b"), WRITE: Expected(0, "b")}, {READ: Expected(50_000, "b"), WRITE: None}
    management = {ActionClass.MANAGEMENT: None}
    assert in_all([here]) == in_all([management, management]) == in_all([here, management]) == ""
    assert in_all([here, here]) == (
        "The trail then logs more in 2 Regions of the accounts that you may see, this one among them, also what "
        "another one logs there: about US$3.00 a month."
    )
    assert in_all([here, there]).endswith("about US$3.00 a month; in 1 of them not all is known.")
    assert in_all([{READ: None}, {READ: None}]).endswith("its cost there is not known.")


def test_what_a_second_trail_logs_again_is_billed_again() -> None:
    assert logged_again({}, NAMES) == ""
    assert logged_again({WRITE: Expected(100_000, "b")}, NAMES) == (
        "The template's trail logs calls of write a second time, which is billed again: about US$3.00 a month more."
    )
    assert logged_again({WRITE: None}, NAMES).endswith("billed again: its cost is not known.")
