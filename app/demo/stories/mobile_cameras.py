"""Cameras in vans change their address all day, as mobile networks do: no finding may come of it."""

from collections.abc import Iterator

from app.demo.happening import Happening
from app.demo.identifiers import number
from app.demo.stories import Day, Story
from app.demo.stories.ordinary_cameras import connection, connections, renewals


def tell(day: Day) -> Iterator[Happening]:
    """Yield each van's connections, every one from another address of the carrier's pool."""
    for account in day.estate.accounts:
        for stream in account.streams:
            if stream.is_mobile:
                for at in connections(day, account, stream):
                    address = (
                        f"198.19.{number('carrier', stream.name, at, below=256)}.{number('lease', at, below=254) + 1}"
                    )
                    yield from connection(account, stream, at, address)
                yield from renewals(day, account, stream)


STORY = Story(
    "Cameras on mobile networks",
    needs=("cams-prod-us",),
    tell=tell,
    pages=("/events?from=now-7d&stream~=van-001",),
    is_decoy=True,
)
