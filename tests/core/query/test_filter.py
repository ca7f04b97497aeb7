from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.query.filter import (
    NONE,
    Condition,
    Parsed,
    Verb,
    first_page,
    parse,
    query_string,
    range_pairs,
    url,
    with_values,
)
from app.core.query.listing import COVERAGE, EVENTS, FINDINGS, MATRIX
from app.core.query.moment import iso

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def parsed(text: str) -> Parsed:
    return parse(parse_qsl(text, keep_blank_values=True), EVENTS, NOW)


def conditions(text: str) -> tuple[Condition, ...]:
    return tuple(c for c in parsed(text).filter.conditions if c.field != "own")


def test_it_joins_repeated_fields_with_or():
    assert conditions("action=GetMedia&action=GetClip") == (Condition("action", Verb.IS, ("GetClip", "GetMedia")),)


def test_it_reads_is_not_contains_and_empty():
    assert conditions(f"action!=PutMedia&user_agent~=kvs&stream={NONE}") == (
        Condition("action", Verb.IS_NOT, ("PutMedia",)),
        Condition("stream", Verb.IS, (NONE,)),
        Condition("user_agent", Verb.CONTAINS, ("kvs",)),
    )


def test_it_covers_the_last_seven_days_when_no_range_is_given():
    query = parsed("").filter
    assert (query.since.at, query.until.at) == (NOW - timedelta(days=7), NOW)


def test_it_keeps_a_relative_range_relative_in_the_url():
    assert query_string(parsed("from=now-24h&to=now").filter) == "from=now-24h"


def test_it_folds_own_calls_unless_asked_for():
    assert parsed("").filter.values("own") == ("no",)
    assert parsed("own=yes&own=no").filter.values("own") == ("no", "yes")
    assert query_string(parsed("own=no").filter) == ""


def test_it_reads_times_without_a_zone_in_the_zone_of_the_url():
    query = parsed("from=2026-11-20T10:00&tz=%2B02:00").filter
    assert query.since.at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert query.zone == timezone(timedelta(hours=2))


def test_it_reads_an_unescaped_plus_as_the_plus_that_was_meant():
    query = parsed("from=2026-11-20T10:00+02:00&tz=+02:00").filter
    assert query.since.at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert query.zone == timezone(timedelta(hours=2))


def test_it_writes_accounts_with_twelve_digits():
    assert conditions("account=1111") == (Condition("account", Verb.IS, ("000000001111",)),)


def test_it_lets_an_empty_box_of_a_form_ask_for_nothing():
    assert parsed("action=&from=&to=&person=") == parsed("")


@pytest.mark.parametrize(
    ("text", "parameter", "said"),
    [
        ("colour=red", "colour", "is not a field of events"),
        ("colour!=red", "colour!", "is not a field of events"),
        ("key_kind=wooden", "key_kind", "is not one of long_term"),
        ("key_kind~=long", "key_kind~", "cannot be searched"),
        (f"action={NONE}", "action", "is never empty"),
        ("from=yesterday", "from", "is not a time"),
        ("from=9999-12-31T23:59:59-14:00", "from", "is not a time"),
        ("from=0001-01-01", "from", "outside the years"),
        ("from=now-999999w", "from", "before time began"),
        ("from=2026-11-23&to=2026-11-22", "from", "is not before"),
        ("to=now-8d", "to", "is not before"),
        ("tz=Mars", "tz", "is not a time zone"),
        ("sort=colour", "sort", "is not one of -time, time"),
        ("limit=7", "limit", "is not one of 50"),
        ("limit=1e9", "limit", "is not one of 50"),
        ("cols=time,colour", "cols", "colour is not a column"),
        ("group=rule", "group", "is nothing that events know"),
        ("from=now-1h&from=now-2h", "from", "was given twice"),
        ("user_agent=" + "x" * 10_000, "user_agent", "is longer than"),
        ("&".join(f"address=10.0.0.{n}" for n in range(250)), "address", "more than 200 values"),
    ],
)
def test_it_names_what_it_could_not_use(text, parameter, said):
    problems = parsed(text).problems
    assert problems
    assert all(problem.parameter == parameter for problem in problems)
    assert said in problems[0].message


def test_it_falls_back_to_the_default_range_when_the_range_is_empty():
    query = parsed("from=2026-11-23&to=2026-11-23").filter
    assert (query.since.text, query.until.text) == ("now-7d", "now")


def test_it_makes_text_harmless_for_the_database():
    pairs = [("user_agent", "a\0b\ud800")]
    query = parse(pairs, EVENTS, NOW).filter
    assert query.values("user_agent") == ("a�b?",)


def test_it_keeps_the_drawer_of_a_page_and_drops_it_with_the_page():
    query = parsed("event=abc&after=xyz").filter
    assert query.kept("event") == "abc"
    assert query_string(first_page(query)) == ""


def test_a_kept_view_has_what_its_file_follows():
    query = parse([("region", "eu-central-1"), ("account", "590817264433")], COVERAGE, NOW).filter
    assert query_string(first_page(query)) == "account=590817264433&region=eu-central-1"


def test_it_opens_and_closes_a_drawer():
    query = parsed("action=GetMedia").filter
    assert url("/events", query, event="abc") == "/events?action=GetMedia&event=abc"
    assert url("/events", query, event=None) == "/events?action=GetMedia"


def test_it_replaces_one_condition_and_starts_over():
    query = parsed("action=GetMedia&after=xyz").filter
    assert query_string(with_values(query, "action", Verb.IS, ["GetClip"])) == "action=GetClip"
    assert query_string(with_values(query, "action", Verb.IS, [])) == ""


def test_other_lists_have_fields_of_their_own():
    answer = parse([("severity", "high"), ("action", "GetMedia")], FINDINGS, NOW)
    assert answer.filter.values("severity") == ("high",)
    assert [problem.parameter for problem in answer.problems] == ["action"]


NAMES = [field.name + verb for field in EVENTS.fields for verb in Verb] + [
    "from", "to", "tz", "sort", "cols", "limit", "after", "before", "event", "colour",
]  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from([
        NONE, "no", "yes", "now-24h", "now", "2026-11-20", "2026-11-20T10:00:01.5+02:00", "+05:30", "time",
        "-time", "time,action", "100", "ok", "denied", "long_term", "111122223333", "a&b=c#d+e %2B", "role",
        "6F0B2F1E-93C1-4D0A-9D52-0F4B1A77C3E9", "interval", "server",
    ]),
)  # fmt: skip
QUESTIONS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=12)


@given(QUESTIONS)
def test_it_reads_its_own_url_back_without_a_problem(question):
    first = parse(question, EVENTS, NOW).filter
    again = parse(parse_qsl(query_string(first)), EVENTS, NOW)
    assert again.problems == ()
    assert again.filter == first


@given(QUESTIONS, st.randoms())
def test_it_gives_equal_views_equal_urls(question, random):
    # Only one value for each parameter that holds one: there the first one wins.
    single = {name: value for name, value in question if EVENTS.field(name.rstrip("!~")) is None}
    many = [pair for pair in question if EVENTS.field(pair[0].rstrip("!~"))]
    given_first = [*many, *single.items()]
    shuffled = random.sample(given_first, len(given_first))
    assert query_string(parse(given_first, EVENTS, NOW).filter) == query_string(parse(shuffled, EVENTS, NOW).filter)


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6))
def test_it_never_raises_and_never_drops_a_parameter_in_silence(question):
    answer = parse(question, EVENTS, NOW)
    known = {*NAMES, *EVENTS.extras, "group", "stack"}
    strange = [name for name, _ in question if EVENTS.field(name.rstrip("!~")) is None and name not in known]
    assert len(answer.problems) >= len(strange)


def test_as_of_a_time_relative_times_count_from_it():
    found = parse([("at", "now-10d"), ("from", "now-2d")], MATRIX, NOW)
    assert found.problems == ()
    assert (found.filter.since.at, found.filter.until.at) == (NOW - timedelta(days=12), NOW - timedelta(days=10))
    assert query_string(found.filter) == "from=now-2d&at=now-10d"
    assert range_pairs(found.filter) == [
        ("from", iso(NOW - timedelta(days=12))),
        ("to", iso(NOW - timedelta(days=10))),
    ]
    assert first_page(found.filter).at == found.filter.at


@pytest.mark.parametrize(
    ("pairs", "parameter"),
    [
        pytest.param([("at", "9999-12-31")], "at", id="year 9999"),
        pytest.param([("at", "2026-11-20"), ("at", "2026-11-21")], "at", id="twice"),
        pytest.param([("at", "x" * 10_000)], "at", id="10 kB"),
        pytest.param([("at~", "now")], "at~", id="contains"),
        pytest.param([("at", "now-1d"), ("to", "now-1h"), ("from", "now-30d")], None, id="to counts from it"),
        pytest.param([("at", "now-1d"), ("to", iso(NOW))], "to", id="to after it"),
    ],
)
def test_a_time_that_cannot_be_used_is_a_problem(pairs, parameter):
    found = parse(pairs, MATRIX, NOW)
    assert [problem.parameter for problem in found.problems] == ([] if parameter is None else [parameter])
    assert found.filter.until.at <= NOW


def test_lists_of_now_alone_know_no_other_time():
    (problem,) = parse([("at", "now-1d")], EVENTS, NOW).problems
    assert str(problem) == "at=now-1d is not a field of events"


SATURDAY = "2026-11-21T14:00Z..2026-11-21T15:00Z"


def test_who_asked_for_video_may_have_asked_from_when_a_url_could_be_alive_in_it():
    found = parse([("footage", SATURDAY)], EVENTS, NOW)
    assert found.problems == ()
    assert found.filter.since.text == "2026-11-21T02:00Z"
    assert query_string(found.filter) == f"footage={SATURDAY}"


def test_a_range_that_is_given_with_video_holds_and_stays_in_the_url():
    found = parse([("footage", SATURDAY), ("from", "now-7d")], EVENTS, NOW).filter
    assert found.since.text == "now-7d"
    assert query_string(found) == f"footage={SATURDAY}&from=now-7d"


def test_without_its_video_a_list_keeps_its_range():
    found = parse([("footage", SATURDAY)], EVENTS, NOW).filter
    assert query_string(with_values(found, "footage", Verb.IS, [])) == "from=2026-11-21T02:00Z"


@pytest.mark.parametrize("text", ["2026-11-21T16:00..2026-11-21T17:00", "2026-11-21T16:00+02:00..2026-11-21T15:00Z"])
def test_an_interval_of_video_is_written_as_it_means_the_same_in_any_zone(text: str):
    found = parse([("footage", text), ("tz", "+02:00")], EVENTS, NOW).filter
    assert found.values("footage") == (SATURDAY,)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("footage", "saturday", "is not used: write an interval"),
        ("footage", "2026-11-21T15:00Z..2026-11-21T14:00Z", "does not begin before it ends"),
        ("footage", "2100-01-01..2100-01-02", "is not filmed yet"),
        ("footage", "live", "write an interval"),
        ("footage_maybe", "a..b", "is not a time"),
        ("footage", "__none__", "is never empty"),
        ("footage!", SATURDAY, "is only asked as footage="),
        ("footage~", "2026", "is only asked as footage="),
    ],
)
def test_what_is_no_interval_of_video_is_a_problem(name: str, text: str, said: str):
    found = parse([(name, text)], EVENTS, NOW)
    (problem,) = found.problems
    assert said in problem.message
    assert found.filter.since.text == "now-7d"
    assert not found.filter.of("footage")


def test_of_two_intervals_of_video_the_first_holds():
    found = parse([("footage", SATURDAY), ("footage", "2026-11-20..2026-11-21")], EVENTS, NOW)
    assert found.filter.values("footage") == (SATURDAY,)
    assert [problem.message for problem in found.problems] == ["was given twice; the first one holds"]
