"""Every camera of the estate at its work: credentials, endpoint, PutMedia, again and again."""

from collections.abc import Iterator

from app.demo import actors, records
from app.demo.actors import Actor
from app.demo.happening import Happening
from app.demo.identifiers import number
from app.demo.nouns import Account, Stream
from app.demo.resources import stream_arn
from app.demo.stories import DAY_S, Day, Story
from app.demo.swaps import SWAPS, replacement

SITES = {
    "warehouse-nord": "203.0.113.41",
    "gates": "203.0.113.57",
    "dublin": "203.0.113.90",
    "clinic": "203.0.113.120",
    "clinic-dublin": "203.0.113.131",
    "hq": "203.0.113.160",
    "yard": "203.0.113.171",
    "shops": "203.0.113.188",
    "kiosks": "203.0.113.197",
    "lab": "203.0.113.214",
    "depots": "203.0.113.230",
}
_PARAMETERS = {"fragmentTimecodeType": "ABSOLUTE"}


def tell(day: Day) -> Iterator[Happening]:
    """Yield what the cameras of all accounts do on a day; those on mobile networks have a story of their own."""
    for account in day.estate.accounts:
        for stream in account.streams:
            if stream.producer is not None and stream.minutes is not None and not stream.is_mobile:
                yield from camera_day(day, account, stream, SITES[stream.tags["site"]])


def camera_day(day: Day, account: Account, stream: Stream, address: str) -> Iterator[Happening]:
    """Yield one camera's day from one address: a connection every so many minutes (KVS ends one after 45)."""
    for at in connections(day, account, stream):
        yield from connection(account, stream, at, address, _device(day, account, stream, at))
    yield from renewals(day, account, stream)


def connections(day: Day, account: Account, stream: Stream) -> Iterator[int]:
    """Yield when a camera connects on a day."""
    random = day.random("camera", account.id, stream.name)
    period = float(stream.minutes or 45) * 60
    at = day.midnight + random.random() * period
    while at < day.midnight + DAY_S - 60:
        yield round(at)
        at += period * (0.85 + 0.3 * random.random())


def connection(
    account: Account, stream: Stream, at: int, address: str, device: str | None = None
) -> Iterator[Happening]:
    """Yield one connection: GetDataEndpoint, then PutMedia a moment later."""
    arn = stream_arn(account.id, stream)
    caller = _producer(account, stream, at, address, device)
    yield records.endpoint(caller, at, arn, "PUT_MEDIA")
    yield records.video_call(caller, at + 2, "PutMedia", arn, params=_PARAMETERS)


def renewals(day: Day, account: Account, stream: Stream) -> Iterator[Happening]:
    """Yield the AssumeRole records by which the IoT credential provider hands a camera its keys, and its first look."""
    if any(user.name == stream.producer for user in account.cast.users):
        return
    issuer = actors.service(account.id, "credentials.iot.amazonaws.com")
    seconds = actors.renewal_seconds(account, stream)
    for device in _devices(day, account, stream):
        session = actors.device_session(account, stream, day.midnight + seconds, device=device)
        while session.started_at < day.midnight + DAY_S:
            yield from records.assume_role(issuer, session, session.started_at, stream.region)
            if not stream.is_mobile and number("describe", session.access_key, below=3) == 0:
                caller = session.actor(SITES[stream.tags["site"]], actors.CAMERA)
                arn = stream_arn(account.id, stream)
                yield records.video_call(caller, session.started_at + 1, "DescribeStream", arn)
            session = actors.device_session(account, stream, session.started_at + seconds, device=device)


def _producer(account: Account, stream: Stream, at: int, address: str, device: str | None) -> Actor:
    """Return who a camera's calls are signed by: a user's key, or its device session."""
    if any(user.name == stream.producer for user in account.cast.users):
        return actors.user(account, str(stream.producer), address, actors.CAMERA)
    return actors.device_session(account, stream, at, device=device).actor(address, actors.CAMERA)


def _device(day: Day, account: Account, stream: Stream, at: int) -> str | None:
    """Return the device that replaced the stream's first one, if that happened before `at`."""
    swap = SWAPS.get((account.name, stream.name))
    if swap is None or at < day.midnight + (swap.day - day.number) * DAY_S + swap.hour * 3600:
        return None
    return replacement(stream.name)


def _devices(day: Day, account: Account, stream: Stream) -> list[str | None]:
    """Return the devices that a stream has on a day: two on the day of a swap."""
    first, last = (_device(day, account, stream, at) for at in (day.midnight, day.midnight + DAY_S))
    return [first] if first == last else [first, last]


STORY = Story(
    "Ordinary cameras",
    needs=(),
    tell=tell,
    pages=("/streams", "/events?action=PutMedia"),
    is_decoy=True,
)
