"""Whether kvswatch can do its work: one check a thing that may be wrong, each with what to do about it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.model.feed import Feed
from app.core.model.trail import Trail

GRACE = timedelta(minutes=5)
"""A feed may be late by so much, or by one of its own intervals: workers have other feeds to run as well."""
LARGEST_SKEW = timedelta(minutes=1)
"""AWS refuses signatures that are five minutes off (IAM User Guide, "Troubleshoot Signature Version 4 requests");
long before that, hours of our own calls no longer agree with CloudTrail's."""
OLDEST_LOG_FILE = timedelta(hours=24)
"""CloudTrail writes no file while nothing happens, but in a day something does: our own polls at least."""


class Health(StrEnum):
    """How one check ended. CANNOT_TELL is neither: what would tell could not be asked."""

    OK = "ok"
    FAILS = "fails"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at.

    `about` is "setting", "database", "worker", "assumption", "aws", "logs" or an account's 12 digits.
    `message` says what was found, `todo` what to do; `missing` is the IAM action that is not allowed.
    """

    about: str
    name: str
    health: Health
    message: str
    todo: str = ""
    missing: str | None = None


def worker_check(heartbeats: Sequence[datetime], now: datetime, lease_s: int) -> Check:
    """Tell whether a worker is alive, by the heartbeats of those that did not say that they stopped."""
    alive = [at for at in heartbeats if now - at <= timedelta(seconds=lease_s)]
    if alive:
        return Check("worker", "heartbeat", Health.OK, f"{len(alive)} alive, heard of {_ago(max(alive), now)}")
    seen = f"the last was heard of {_ago(max(heartbeats), now)}" if heartbeats else "none was ever seen"
    return Check("worker", "heartbeat", Health.FAILS, f"no worker is alive: {seen}", "kvswatch run, or kvswatch worker")


def skew_check(about: str, whose: str, skew: timedelta) -> Check:
    """Tell whether two clocks agree; `skew` is what this machine's lacks."""
    seconds = skew.total_seconds()
    if abs(skew) < LARGEST_SKEW:
        return Check(about, "clock", Health.OK, f"this machine's agrees with {whose} to {abs(seconds):.0f} s")
    way = "behind" if seconds > 0 else "ahead of"
    return Check(
        about,
        "clock",
        Health.FAILS,
        f"this machine's is {abs(seconds):.0f} s {way} {whose}",
        "let it be set by NTP: leases, signatures and the ledger of our own calls go by it",
    )


def feed_checks(about: str, feeds: Iterable[Feed], now: datetime) -> Iterator[Check]:
    """Yield what is to be said of an account's feeds: those that run well in one line, each failure in one of its own.

    Feeds that fail of the same error stand in one line.
    """
    by_state: dict[str, list[Feed]] = defaultdict(list)
    failures: dict[str, list[Feed]] = defaultdict(list)
    for feed in feeds:
        if feed.attempts > 0:
            failures[feed.last_error or "no reason was kept"].append(feed)
        elif _is_overdue(feed, now):
            by_state["overdue"].append(feed)
        elif feed.last_success_at is None:
            by_state["new"].append(feed)
        else:
            by_state["well"].append(feed)
    for error, failed in failures.items():
        tries = max(feed.attempts for feed in failed)
        message = f"{_names(failed)} failed {tries} times in a row: {error}"
        yield Check(
            about, "feeds", Health.FAILS, message, "mend what the error names; they are tried again by themselves"
        )
    if overdue := by_state["overdue"]:
        first = min(feed.next_at for feed in overdue)
        message = f"{_names(overdue)} overdue, the first was due {_ago(first, now)}"
        yield Check(about, "feeds", Health.FAILS, message, "see that a worker runs; add one, or raise KVSWATCH_WORKERS")
    if new := by_state["new"]:
        yield Check(about, "feeds", Health.CANNOT_TELL, f"{_names(new)} not run yet", "wait for the worker")
    if well := by_state["well"]:
        last = max(feed.last_success_at for feed in well if feed.last_success_at is not None)
        noun = "feed" if len(well) == 1 else "feeds"
        yield Check(about, "feeds", Health.OK, f"{len(well)} {noun} ran well, the last {_ago(last, now)}")


def trail_checks(about: str, trails: Iterable[Trail], read: Collection[str]) -> Iterator[Check]:
    """Yield each trail whose log nobody reads, with what to name so that somebody does.

    `trails` are those that log for an account; `read` are the buckets and log groups that accounts name.
    """
    for trail in sorted({trail.arn: trail for trail in trails}.values(), key=lambda one: one.arn):
        if trail.bucket in read or trail.log_group in read:
            continue
        message = f"{trail.name} delivers to {trail.bucket}, which no account names: what it logs is not read"
        todo = f"set log_bucket of the account that owns {trail.bucket}"
        if trail.log_group is not None:
            todo += f"; or, where nobody lets us read it, log_group = {trail.log_group}"
        yield Check(about, "trail", Health.CANNOT_TELL, message, todo)


def log_age_check(about: str, where: str, newest: datetime | None, now: datetime) -> Check:
    """Tell whether log files still arrive. `newest` None: none of the days looked at has any."""
    todo = "see on the account page whether the trail logs and delivers, and compare log_bucket and log_prefix with it"
    if newest is None:
        return Check(about, "newest log file", Health.FAILS, f"no recent log file below {where}", todo)
    if now - newest > OLDEST_LOG_FILE:
        return Check(about, "newest log file", Health.FAILS, f"the newest below {where} came {_ago(newest, now)}", todo)
    return Check(about, "newest log file", Health.OK, f"delivered {_ago(newest, now)}, below {where}")


def _is_overdue(feed: Feed, now: datetime) -> bool:
    if feed.lease_until is not None and feed.lease_until >= now:
        return False
    return now - feed.next_at > max(GRACE, timedelta(seconds=feed.every_s))


def _names(feeds: Sequence[Feed]) -> str:
    """Return feeds by source, each with its Regions: "lookup_events (eu-central-1, eu-west-1)"."""
    regions: dict[str, list[str]] = defaultdict(list)
    for feed in feeds:
        regions[feed.key.source] += [feed.key.region] if feed.key.region else []
    return ", ".join(f"{name} ({', '.join(of)})" if of else name for name, of in regions.items())


def _ago(at: datetime, now: datetime) -> str:
    """Return how long ago, in the largest unit that fits: "3 minutes ago"."""
    seconds = max(0, round((now - at).total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return f"{seconds} s ago"
