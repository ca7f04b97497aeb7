"""How numbers, times and names are written."""

from datetime import UTC, datetime, timedelta

import pytest

from app.web import filters

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(9, "9 s"), (59, "59 s"), (60, "1 min"), (385 * 60, "6 h 25 min"), (7200, "2 h"), (86400 * 2, "2 d"), (-5, "0 s")],
)
def test_a_duration_has_two_units_at_most(seconds: int, said: str) -> None:
    assert filters.duration(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (28_000_000, "28 MB"),
        (9_990_000_000, "10.0 GB"),
        (5e12, "5.0 TB"),
    ],
)
def test_a_size_counts_in_thousands(value: int, said: str) -> None:
    assert filters.size(int(value)) == said


@pytest.mark.parametrize(
    ("ago", "said"),
    [(3, "3 s"), (240, "4 min"), (6 * 3600, "6 h"), (25 * 3600, "25 h"), (41 * 86400, "41 d"), (-60, "0 s")],
)
def test_an_age_has_one_unit(ago: int, said: str) -> None:
    assert filters.age(NOW - timedelta(seconds=ago), NOW) == said


def test_never_is_a_word_and_not_a_long_time_ago() -> None:
    assert filters.age(None, NOW) == "never"
    assert filters.time(None) == "never"


def test_a_time_is_for_people_and_for_programs() -> None:
    assert filters.time(NOW) == '<time datetime="2026-11-23T09:41:00Z">11-23 09:41Z</time>'
    assert filters.full_time(NOW) == '<time datetime="2026-11-23T09:41:00Z">2026-11-23 09:41:00Z</time>'


def test_a_long_arn_is_cut_in_the_middle_and_whole_in_its_title() -> None:
    text = "arn:aws:iam::590817264433:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_VideoAnalyst_0123456789abcdef"
    cut = filters.cut(text)
    assert f'title="{text}"' in cut
    assert f">{text[:26]}<span>…</span>{text[-22:]}</bdi>" in cut


def test_a_hostile_arn_stays_text_in_its_title_too() -> None:
    cut = filters.cut('"><script>alert(1)</script>' + "x" * 60)
    assert "<script" not in cut
    assert 'title="&#34;&gt;&lt;script' in cut


def test_a_name_that_turns_the_line_around_is_isolated() -> None:
    assert filters.bdi("\u202ecam<b>") == "<bdi>\u202ecam&lt;b&gt;</bdi>"


def test_the_marked_lines_stand_out_and_no_others() -> None:
    code = filters.lines("a\n<b>\nc", (2,), "Policy")
    assert '<span class="hit" data-n="2">&lt;b&gt;</span>' in code
    assert code.count("hit") == 1


@pytest.mark.parametrize(("level", "off"), [("critical", 0), ("high", 1), ("medium", 2), ("low", 3), ("info", 4)])
def test_severity_is_said_by_bars_and_by_word(level: str, off: int) -> None:
    shown = filters.severity(level)
    assert shown.count('class="off"') == off
    assert level.capitalize() in shown


def test_one_is_not_many() -> None:
    assert filters.plural(1, "stream") == "1 stream"
    assert filters.plural(1204, "stream") == "1,204 streams"
    assert filters.plural(2, "policy", "policies") == "2 policies"


@pytest.mark.parametrize(("errors", "said"), [(0, ""), (1, "1 failed"), (4, "all failed")])
def test_what_failed_of_some_calls_is_said_where_anything_did(errors: int, said: str) -> None:
    assert filters.failed(4, errors) == said


def test_code_to_read_shows_what_would_turn_or_hide_it() -> None:
    code = filters.lines('a\r\n"\u202eb\u2028\x1b"')
    assert code.count("data-n") == 2
    assert "&#34;\\u202eb\\u2028\\u001b&#34;" in code


def test_a_name_is_a_link_where_it_has_a_page() -> None:
    assert filters.linked("a<b", "") == "<bdi>a&lt;b</bdi>"
    assert filters.linked("a<b", '/x?"&y') == '<a href="/x?&#34;&amp;y"><bdi>a&lt;b</bdi></a>'
