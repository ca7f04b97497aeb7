"""The chain of the audit log: what is changed, taken out or put in shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from app.core.audit import GENESIS, AuditEntry, StoredEntry, breaks, chained_hash

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def log_of(*actors: str) -> list[StoredEntry]:
    found, before = [], GENESIS
    for number, actor in enumerate(actors, 1):
        entry = AuditEntry(AT + timedelta(seconds=number), actor, "mute", "finding:1", {"n": number})
        found.append(StoredEntry(number, entry, before, chained_hash(before, entry)))
        before = found[-1].hash
    return found


@given(st.lists(st.text(max_size=5), max_size=6))
def test_an_untouched_log_has_no_breaks(actors: list[str]) -> None:
    assert list(breaks(log_of(*actors))) == []


@given(st.integers(0, 4))
def test_a_changed_entry_is_named(at: int) -> None:
    log = log_of(*"abcde")
    log[at] = replace(log[at], entry=replace(log[at].entry, actor="mallory"))
    assert [found.id for found in breaks(log)] == [at + 1]


@given(st.integers(0, 3))
def test_an_entry_taken_out_shows_in_the_one_behind_it(at: int) -> None:
    log = log_of(*"abcde")
    del log[at]
    assert [found.id for found in breaks(log)] == [at + 2]


def test_the_same_moment_in_another_zone_is_the_same_entry() -> None:
    entry = AuditEntry(AT, "ada", "mute", "finding:1", {"b": 1, "a": "Ü"})
    elsewhere = replace(entry, at=AT.astimezone(timezone(timedelta(hours=9))), detail={"a": "Ü", "b": 1})
    assert chained_hash(GENESIS, entry) == chained_hash(GENESIS, elsewhere)
