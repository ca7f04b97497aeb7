"""Programs that read media as they should: counting shoppers, watching for falls, playing, cutting, thumbnails."""

from collections.abc import Iterator

from app.demo import actors, records
from app.demo.happening import Happening
from app.demo.nouns import Account
from app.demo.stories import Day, Story
from app.demo.stories._programs import FUNCTIONS, TASKS, Program, read, streams_named

_NOW = {"startSelectorType": "NOW"}


def tell(day: Day) -> Iterator[Happening]:
    """Yield a day of every program whose account is there."""
    if day.estate.has("retail-analytics"):
        yield from _counting(day, day.account("retail-analytics"))
    yield from _falls(day, day.account("clinic-video"))
    for name in ("clinic-video", "cams-prod-eu", "cams-prod-us"):
        if day.estate.has(name):
            yield from _portal(day, day.account(name))
            yield from _thumbnails(day, day.account(name))


def _counting(day: Day, account: Account) -> Iterator[Happening]:
    """MLPipeline, a task, assumes MLFrameConsumer each hour and reads the shops' streams."""
    task = Program(account, "MLPipeline", TASKS, "people-counting", "192.0.2.81")
    yield from task.issues(day, "eu-central-1")
    for hour in range(24):
        start = day.at(hour) + 60
        session = actors.session(account, "MLFrameConsumer", "people-counting", start)
        yield from records.assume_role(task.at(day, start), session, start, "eu-central-1")
        caller = session.actor("192.0.2.81")
        for second, arn in enumerate(streams_named(account, lambda name: name.startswith("shop-"))):
            yield from read(caller, start + 5 + 2 * second, arn, "GetMedia", startSelector=_NOW)


def _falls(day: Day, account: Account) -> Iterator[Happening]:
    program = Program(account, "FallDetection", TASKS, "fall-detection", "192.0.2.84")
    yield from program.issues(day, "eu-central-1")
    for hour in range(24):
        at = day.at(hour) + 90
        for second, arn in enumerate(streams_named(account, lambda name: name.endswith("-corridor"))):
            yield from read(program.at(day, at), at + 3 * second, arn, "GetMedia", startSelector=_NOW)


def _portal(day: Day, account: Account) -> Iterator[Happening]:
    """Issue playback URLs of an hour at most."""
    random = day.random("portal", account.id)
    program = Program(account, "HlsPortal", TASKS, "portal", "192.0.2.14", actors.JAVA)
    region = account.regions[0]
    yield from program.issues(day, region)
    arns = streams_named(account, lambda name: name.startswith(("lobby", "gate", "parking")))
    for _ in range(24):
        at = day.at(6 + 16 * random.random())
        expires = random.choice((300, 900, 3600))
        yield from read(
            program.at(day, at),
            at,
            random.choice(arns),
            "GetHLSStreamingSessionURL",
            playbackMode="LIVE",
            expires=expires,
        )


def _thumbnails(day: Day, account: Account) -> Iterator[Happening]:
    program = Program(account, "ThumbnailJob", FUNCTIONS, "thumbnails", "192.0.2.19")
    yield from program.issues(day, account.regions[0])
    arns = streams_named(account, lambda name: name.endswith(("-01", "-001", "lobby-clinic", "lobby-east")))
    for hour in range(24):
        for second, arn in enumerate(arns):
            at = day.at(hour) + 900 + second
            # All four are required (KVS API Reference, GetImages).
            yield from read(
                program.at(day, at),
                at,
                arn,
                "GetImages",
                imageSelectorType="SERVER_TIMESTAMP",
                startTimestamp=actors.iso(at - 60),
                endTimestamp=actors.iso(at),
                format="JPEG",
            )


STORY = Story(
    "Programs that read media as they should", needs=("clinic-video",), tell=tell, pages=("/principals",), is_decoy=True
)
