"""Programs that keep streams in order: tags, retention, settings, plans; none of them comes near media."""

from collections.abc import Iterator

from app.demo import actors, records
from app.demo.happening import Happening
from app.demo.nouns import Account
from app.demo.resources import stream_arn
from app.demo.stories import Day, Story
from app.demo.stories._programs import FUNCTIONS, Program

_ADDRESS = "192.0.2.33"


def tell(day: Day) -> Iterator[Happening]:
    """Yield the day's jobs of every account with streams."""
    for account in day.estate.accounts:
        if account.streams:
            yield from _tags(day, account)
            yield from _retention(day, account)
            yield from _plan(day, account)


def _tags(day: Day, account: Account) -> Iterator[Happening]:
    program = Program(account, "TagSync", FUNCTIONS, "tag-sync", _ADDRESS)
    yield from program.issues(day, account.regions[0])
    for hour in (4, 10, 16, 22):
        at = day.at(hour) + 120
        caller = program.at(day, at)
        for region in account.regions:
            yield records.video_call(caller, at, "ListStreams", None, region=region, params={"maxResults": 1000})
        random = day.random("tags", account.id, hour)
        for second, stream in enumerate(random.sample(account.streams, min(3, len(account.streams)))):
            arn = stream_arn(account.id, stream)
            yield records.video_call(caller, at + 2 + second, "ListTagsForStream", arn)
        stream = random.choice(account.streams)
        arn = stream_arn(account.id, stream)
        yield records.video_call(caller, at + 9, "TagStream", arn, params={"tags": {"synced": "true"}})


def _retention(day: Day, account: Account) -> Iterator[Happening]:
    """Retention grows; nothing is shortened."""
    if day.number % 5:
        return
    program = Program(account, "RetentionJanitor", FUNCTIONS, "retention-janitor", _ADDRESS)
    at = day.at(19.74)
    caller = program.at(day, at)
    yield from program.issues(day, account.regions[0])
    arn = stream_arn(account.id, day.random("retention", account.id).choice(account.streams))
    yield records.video_call(caller, at, "DescribeStream", arn)
    params = {
        "currentVersion": "hWb4aLgmKGXfJxkLdVYn",
        "operation": "INCREASE_DATA_RETENTION",
        "dataRetentionChangeInHours": 24,
    }
    yield records.video_call(caller, at + 1, "UpdateDataRetention", arn, params=params)


def _plan(day: Day, account: Account) -> Iterator[Happening]:
    started_at = day.at(5.5)
    session = actors.session(account, "TerraformPlan", "github-plan", started_at)
    address = "192.0.2.140"
    yield records.web_identity(
        session,
        started_at,
        account.regions[0],
        subject="repo:halden/platform:ref:refs/heads/main",
        provider=f"arn:aws:iam::{account.id}:oidc-provider/token.actions.githubusercontent.com",
        address=address,
        agent=actors.TERRAFORM,
    )
    caller = session.actor(address, actors.TERRAFORM)
    for second, stream in enumerate(account.streams[:12]):
        yield records.video_call(caller, started_at + 5 + second, "DescribeStream", stream_arn(account.id, stream))


STORY = Story("Housekeeping", needs=(), tell=tell, pages=("/principals",), is_decoy=True)
