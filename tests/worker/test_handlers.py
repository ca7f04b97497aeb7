"""The worker on the emulated organization: one run from an empty database to findings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from moto.iam.models import iam_backends
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app import clock, config
from app.config import Settings
from app.core.arn import account_text
from app.core.model.feed import FeedKey
from app.core.model.scope import EVERYTHING
from app.core.model.snapshot import PartState
from app.db.engine import APP, READ, create_engine
from app.db.queries import accounts, feeds, snapshots
from app.demo.emulator import Emulator
from app.demo.settings import accounts_toml
from app.services.poll_account import collect
from app.services.reread_details import DETAILS
from app.services.watch_accounts import watch_accounts
from app.web.app import create_app
from app.web.site import Site
from app.worker.handlers import handlers, wanted_of
from app.worker.loop import Worker
from app.worker.run import FeedRun
from tests.builders.events import event
from tests.builders.events import store as store_events
from tests.builders.polling import account_of, aws_settings, watch
from tests.builders.trail import guid, kvs_record, log_file
from tests.conftest import copied


@pytest.fixture
def settings(aws: Any, tmp_path: Path) -> Settings:
    return settings_of(aws, tmp_path)


def settings_of(aws: Any, folder: Path) -> Settings:
    (folder / "accounts.toml").write_text(accounts_toml(aws.estate))
    return config.load(
        {
            "KVSWATCH_ACCOUNTS_FILE": str(folder / "accounts.toml"),
            "KVSWATCH_EXTERNAL_ID": aws.estate.external_id,
            "KVSWATCH_REGIONS": "eu-central-1",
            "KVSWATCH_START_DAYS": "3",
        }
    )


@pytest.fixture
def own_credentials(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)


def drained(app_engine: Engine, settings: Settings, aws: Any) -> None:
    """Watch what the settings name and run feeds until none is due."""
    with app_engine.begin() as connection:
        watch_accounts(connection, wanted_of(settings), clock.now())
    table = dict(handlers(settings, aws_settings(aws)))
    # At AWS's two requests a second it would take the time of all other tests together; it has tests of its own.
    del table["lookup_events"]
    worker = Worker(app_engine, table, clock=clock.now, threads=1, lease_s=600, idle_s=0.01)
    for _ in range(200):
        if not worker.run_once():
            return
    raise AssertionError("feeds are due for ever")


@dataclass(frozen=True, slots=True)
class LookedTwice:
    """A database after two looks at the organization, the feeds that failed in the first, and the rows after each."""

    engine: Engine
    failed: list[tuple[FeedKey, str | None]]
    first: dict[str, int]
    second: dict[str, int]


@pytest.fixture(scope="module")
def looked_twice(
    aws: Any, postgres_url: str, template_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LookedTwice]:
    settings = settings_of(aws, tmp_path_factory.mktemp("looked"))
    with copied(postgres_url, template_url) as url, pytest.MonkeyPatch.context() as patch:
        for name, value in aws.environment().items():
            patch.setenv(name, value)
        engine = create_engine(url, role=APP)
        drained(engine, settings, aws)
        first = counts(engine)
        with engine.begin() as connection:
            all_feeds = feeds.feeds(connection, EVERYTHING)
            failed = [(feed.key, feed.last_error) for feed in all_feeds if feed.attempts]
            for feed in all_feeds:
                feeds.make_due(connection, EVERYTHING, feed.key.account_id, clock.now())
        drained(engine, settings, aws)
        yield LookedTwice(engine, failed, first, counts(engine))
        engine.dispose()


def test_it_reads_the_organization_from_nothing_to_findings(looked_twice: LookedTwice, aws: Any) -> None:
    with looked_twice.engine.connect() as connection:
        watched = {account_text(account.id) for account in accounts.accounts(connection, EVERYTHING)}
        events = connection.execute(text("select count(*) from event")).scalar_one()
        findings = connection.execute(text("select count(distinct rule) from finding")).scalar_one()
    assert {account.id for account in aws.estate.accounts if account.in_organization} <= watched
    assert looked_twice.failed == []
    assert events > 100
    assert findings > 3


def test_a_second_look_adds_nothing(looked_twice: LookedTwice) -> None:
    assert looked_twice.second == looked_twice.first


@pytest.mark.usefixtures("own_credentials")
def test_the_roles_of_onboard_are_enough_and_nothing_more_is_called(
    app_engine: Engine, settings: Settings, own_estate: Any
) -> None:
    drained(app_engine, settings, own_estate)
    with app_engine.connect() as connection:
        unseen = [
            (account.name, part.name, part.message)
            for account in accounts.accounts(connection, EVERYTHING)
            for part in snapshots.parts_of(connection, EVERYTHING, account.id)
            if part.state is not PartState.SEEN
        ]
    assert unseen == []


@pytest.fixture
def own_estate(aws: Any) -> Iterator[Any]:
    """The organization with the roles of `kvswatch onboard`, each call checked against them."""
    aws.authorizing = True
    yield aws
    aws.authorizing = False


def counts(app_engine: Engine) -> dict[str, int]:
    """Return how many rows there are of what must not double."""
    tables = ("event", "event_raw", "issued_session", "finding", "finding_change", "snapshot")
    with app_engine.connect() as connection:
        found = {name: connection.execute(text(f"select count(*) from {name}")).scalar_one() for name in tables}
        found["rolled up"] = connection.execute(text("select coalesce(sum(n), 0) from roll_hour")).scalar_one()
    return found


def test_every_source_of_feeds_has_its_handler(settings: Settings, aws: Any, app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        watch_accounts(connection, wanted_of(settings), clock.now())
        sources = {feed.key.source for feed in feeds.feeds(connection, EVERYTHING)}
    assert sources <= set(handlers(settings, aws_settings(aws)))


@pytest.mark.usefixtures("own_credentials")
def test_a_reading_of_few_streams_does_not_put_off_that_of_all(
    app_engine: Engine, settings: Settings, aws: Any
) -> None:
    account, now = watch(app_engine, account_of(aws)), clock.now()
    read_at, key = now - timedelta(hours=3), FeedKey(account.id, DETAILS, "eu-central-1")
    collect(app_engine, account, DETAILS, key.region, aws=aws_settings(aws), now=read_at)
    with app_engine.begin() as connection:
        store_events(connection, [event(action="TagStream", account=account.id, event_time=read_at, stream="any")])
        feeds.add_feeds(connection, [(key, 86_400)], read_at)
        feed = feeds.claim(connection, "me", now, 600, [DETAILS])
    assert feed is not None
    run = FeedRun(app_engine, feed, "me", lambda: now, Event())
    assert handlers(settings, aws_settings(aws))[DETAILS](run).again_in == timedelta(hours=21)


def test_a_feed_of_an_account_that_is_gone_says_so(app_engine: Engine, settings: Settings, aws: Any) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(FeedKey(999900001111, "iam"), 900)], clock.now())
    table = handlers(settings, aws_settings(aws))
    Worker(app_engine, table, clock=clock.now, threads=1, lease_s=60).run_once()
    with app_engine.connect() as connection:
        (feed,) = feeds.feeds(connection, EVERYTHING, 999900001111)
    assert "no such account is watched" in (feed.last_error or "")


# ---------------------------------------------------------------- bad input: each named, the rest goes on

STRANGER, LOCKED_OUT, EXPIRED = "999900001111", "clinic-video", "cams-prod-eu"


@dataclass(frozen=True, slots=True)
class Troubled:
    """What a worker made of an organization in which much is wrong at once, and the pages over it."""

    engine: Engine
    keys: dict[str, str]
    pages: TestClient

    def rejections(self) -> dict[str, tuple[str, str]]:
        """Return (place, reason) by what was put there."""
        with self.engine.connect() as connection:
            rows = connection.execute(text("select origin, place, reason from rejected_record")).all()
        names = {f"s3://{key}": name for name, key in self.keys.items()}
        return {names[row.origin]: (row.place, row.reason) for row in rows}

    def account(self, name: str) -> str:
        """Return the number of an account."""
        with self.engine.connect() as connection:
            found = connection.execute(text("select account_id from account where name = :name"), {"name": name})
            return account_text(found.scalar_one())

    def states(self, account: str, *, but: str = "") -> set[str]:
        """Return the states of an account's parts."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                text("select state from part where account_id = :account and part <> :but"),
                {"account": int(account), "but": but},
            )
            return set(rows.scalars())

    def reasons(self, account: str) -> list[str]:
        """Return why parts of an account could not be read."""
        with self.engine.connect() as connection:
            rows = connection.execute(text("select message from part where account_id = :a"), {"a": int(account)})
            return list(rows.scalars())

    def error_of(self, source: str) -> str | None:
        """Return the error of the only feed of a source."""
        with self.engine.connect() as connection:
            return connection.execute(
                text("select last_error from feed where source = :source"), {"source": source}
            ).scalar_one()

    def page(self, path: str) -> str:
        """Return a page as its reader sees it."""
        answer = self.pages.get(path)
        assert answer.status_code == 200
        return unescape(answer.text)


@pytest.fixture(scope="module")
def troubled(postgres_url: str, template_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    folder = tmp_path_factory.mktemp("troubled")
    with copied(postgres_url, template_url) as url:
        # Ended before the tests begin: moto serves one organization at a time, and others have theirs.
        with Emulator(small=True) as aws:
            keys = put_bad_files(aws)
            member = next(account for account in aws.estate.accounts if account.name == LOCKED_OUT)
            expired = next(account for account in aws.estate.accounts if account.name == EXPIRED)
            break_a_policy(expired)
            aws.faults(
                {"service": "cloudtrail", "account": expired.id, "error": "ExpiredTokenException", "status": 403}
            )
            (folder / "accounts.toml").write_text(
                f"""{accounts_toml(aws.estate)}
                    [[account]]
                    id = "{STRANGER}"
                    [[account]]
                    id = "{member.id}"
                    name = "{member.name}"
                    external_id = "of somebody else"
                    """
            )
            settings = config.load(
                {
                    "KVSWATCH_ACCOUNTS_FILE": str(folder / "accounts.toml"),
                    "KVSWATCH_EXTERNAL_ID": aws.estate.external_id,
                    "KVSWATCH_REGIONS": "eu-central-1",
                    "KVSWATCH_START_DAYS": "3",
                }
            )
            engine, reader = create_engine(url, role=APP), create_engine(url, role=READ)
            with pytest.MonkeyPatch.context() as patch:
                for name, value in aws.environment().items():
                    patch.setenv(name, value)
                drained(engine, settings, aws)
        site = Site(reader=reader, writer=engine, demo=False, clock=clock.now)
        with TestClient(create_app(site), base_url="http://127.0.0.1") as client:
            yield Troubled(engine, keys, client)
        engine.dispose()
        reader.dispose()


def put_bad_files(aws: Any) -> dict[str, str]:
    """Put files that are wrong beside those that are right; return their keys by what is wrong."""
    archive = next(account for account in aws.estate.accounts if account.kind == "log_archive")
    bucket = archive.log_bucket
    newest = max(key for key in aws.world.buckets[bucket].objects if "/CloudTrail/" in key)
    whole = aws.world.buckets[bucket].objects[newest].body
    account = newest.split("/CloudTrail/")[0].rsplit("/", 1)[1]
    nobody = kvs_record(1, userIdentity=..., recipientAccountId=account)
    made = {
        "truncated": whole[: len(whole) // 2],
        "not gzip": b"<html>proxy error</html>",
        "no identity": log_file(nobody, kvs_record(2, recipientAccountId=account)),
    }
    keys = {}
    for number, (name, body) in enumerate(made.items()):
        key = f"{newest.removesuffix('.json.gz')}{number}.json.gz"
        aws.put_object(bucket, key, body)
        keys[name] = f"{bucket}/{key}"
    return keys


def break_a_policy(account: Any) -> None:
    """Give a role a policy document that is none."""
    role = next(role for role in iam_backends[account.id]["aws"].roles.values() if role.name == "HlsPortal")
    role.policies = {"broken": "{not a policy"}


def test_files_that_cannot_be_read_are_named_on_the_account_page(troubled: Troubled) -> None:
    assert troubled.rejections() == {
        "truncated": ("the whole file", "truncated: the gzip data ends before its checksum"),
        "not gzip": ("the whole file", "not a gzip file: it does not begin with 1f 8b"),
    }
    page = troubled.page(f"/accounts/{troubled.account(LOCKED_OUT)}")
    assert "truncated: the gzip data ends before its checksum" in page
    assert "not a gzip file" in page


def test_a_record_without_identity_is_kept_as_one_of_nobody_known(troubled: Troubled) -> None:
    with troubled.engine.connect() as connection:
        kinds = connection.execute(
            text("select event_id::text, actor_kind from event where event_id = any(:ids)"),
            {"ids": [guid("event 1"), guid("event 2")]},
        )
        assert {row.event_id: row.actor_kind for row in kinds} == {guid("event 1"): "unknown", guid("event 2"): "role"}


def test_the_files_beside_them_are_read(troubled: Troubled) -> None:
    with troubled.engine.connect() as connection:
        assert connection.execute(text("select count(*) from event")).scalar_one() > 1000
        assert connection.execute(text("select count(*) from finding")).scalar_one() > 10
    assert troubled.error_of("s3_logs") is None


def test_an_account_without_our_role_says_so(troubled: Troubled) -> None:
    assert troubled.states(STRANGER) == {"denied"}
    assert all(
        f"cannot assume arn:aws:iam::{STRANGER}:role/kvswatch-member" in why for why in troubled.reasons(STRANGER)
    )
    assert f"cannot assume arn:aws:iam::{STRANGER}:role/kvswatch-member" in troubled.page(f"/accounts/{STRANGER}")


def test_a_wrong_external_id_is_told_with_what_to_compare(troubled: Troubled) -> None:
    number = troubled.account(LOCKED_OUT)
    assert troubled.states(number) == {"denied"}
    assert all("compare it with the role's trust policy" in why for why in troubled.reasons(number))
    page = troubled.page(f"/accounts/{number}")
    assert "with the external ID set for account" in page
    assert "of somebody else" not in page


def test_credentials_that_stay_expired_are_told_of_their_part_alone(troubled: Troubled) -> None:
    number = troubled.account(EXPIRED)
    page = troubled.page(f"/accounts/{number}")
    assert "cloudtrail:DescribeTrails in eu-central-1: ExpiredTokenException" in page
    assert troubled.states(number) == {"seen", "failed"}
    assert troubled.states(number, but="trails") == {"seen"}


def test_a_policy_that_does_not_parse_makes_its_role_unknown_and_no_other(troubled: Troubled) -> None:
    with troubled.engine.connect() as connection:
        problems = connection.execute(text("select problems from matrix_state where problems <> '[]'")).scalar_one()
        outcomes = connection.execute(
            text("""select p.name, array_agg(distinct outcome) as outcomes from access_grant g
                    join principal p on p.id = g.principal_id
                    where g.account_id = :account and g.action = 'GetMedia' group by 1"""),
            {"account": int(troubled.account(EXPIRED))},
        )
        found = {row.name: row.outcomes for row in outcomes}
    (problem,) = problems
    assert problem["policy"] == "broken"
    assert problem["message"].startswith("policy broken: document: not JSON")
    assert found["HlsPortal"] == ["unknown"]
    assert found["MLFrameConsumer"] != ["unknown"]
    assert "Policies of cams-prod-eu could not be used" in troubled.page("/matrix")
