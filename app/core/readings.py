"""As of when an answer about the past holds: the interval between two readings, in words and as JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from app.core.arn import account_text
from app.core.model.reading import Reading, ReadingState
from app.core.query.moment import iso

NAMES: Mapping[str, str] = {
    "iam": "roles, users and policies",
    "managed_policies": "AWS managed policies",
    "organization": "SCPs and RCPs of the organization",
    "streams": "streams",
    "channels": "channels",
    "stream_tags": "tags of streams",
    "channel_tags": "tags of channels",
}
"""The parts that decide on who may do what, in the order in which sentences name them."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """A time in the past, and the readings around it of all that decides on an answer."""

    at: datetime
    readings: tuple[Reading, ...]

    def sentences(self) -> tuple[str, ...]:
        """Return what the readings say of that time; parts of which they say the same share a sentence."""
        return tuple(sentence for _, sentence in self.told())

    def told(self) -> tuple[tuple[ReadingState, str], ...]:
        """Return the sentences, each with the state that it tells."""
        said: dict[tuple[ReadingState, str], list[Reading]] = {}
        for one in sorted(self.readings, key=lambda one: (list(NAMES).index(one.part), one.region)):
            said.setdefault((one.state(self.at), _told(one, self.at)), []).append(one)
        return tuple((state, f"{_named(ones)}: {text}.") for (state, text), ones in said.items())

    def as_json(self) -> dict[str, object]:
        """Return the time and, of each part, its state and the readings on both sides."""
        return {"at": iso(self.at), "parts": [_as_json(one, self.at) for one in self.readings]}

    def read_at(self, part: str, region: str) -> datetime | None:
        """Return when the version of a part that stood then was first read; None: nothing was read."""
        own = (one for one in self.readings if (one.part, one.region) == (part, region))
        return next((one.first_at for one in own), None)

    def read_until(self, part: str, region: str) -> datetime | None:
        """Return when the version of a part that stood then was last read; None: nothing was read."""
        own = (one for one in self.readings if (one.part, one.region) == (part, region))
        return next((one.last_at for one in own), None)

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all had been read."""
        return all(one.state(self.at) is ReadingState.UNKNOWN for one in self.readings)

    def is_unknown(self, part: str) -> bool:
        """Whether nothing of a part was read before, in whatever Region."""
        return all(one.state(self.at) is ReadingState.UNKNOWN for one in self.readings if one.part == part)


def _told(one: Reading, at: datetime) -> str:
    first, following = _second(one.first_at), _second(one.next_at)
    last = _whole(one, one.last_at)
    match one.state(at):
        case ReadingState.SAME if one.apart is not None:
            before, after = _whole(one, one.apart[0]), _second(one.apart[1])
            return f"read at {before} and next at {after}, both times the same; nobody looked in between"
        case ReadingState.SAME:
            return f"read from {first} to {last}, each time the same"
        case ReadingState.CHANGED_BETWEEN:
            return (
                f"the reading of {last} found this, the one of {following} something else;"
                " the change lies somewhere between"
            )
        case ReadingState.NOT_READ_SINCE:
            return f"read last at {last}; what changed since is not known"
        case ReadingState.UNKNOWN:
            return f"not known: first read at {following}" if following else "not known: never read"
        case never:
            assert_never(never)


def _whole(one: Reading, at: datetime | None) -> str:
    """Return when all of a part was read, and when after that single ones of it."""
    is_amended = at is not None and one.first_at is not None and at < one.first_at
    return f"{_second(at)} (of single ones at {_second(one.first_at)})" if is_amended else _second(at)


def _second(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%SZ}"


def _named(ones: Iterable[Reading]) -> str:
    """Return "Roles, users and policies", "Streams (eu-west-1, us-east-1) and channels (eu-west-1)"."""
    regions: dict[str, list[str]] = {}
    for one in ones:
        regions.setdefault(one.part, []).extend([one.region] if one.region else [])
    names = [
        f"{NAMES[part]} ({', '.join(dict.fromkeys(own))})" if own else NAMES[part] for part, own in regions.items()
    ]
    text = "; ".join(names)
    return text[:1].upper() + text[1:]


def _as_json(one: Reading, at: datetime) -> dict[str, object]:
    first, last, following = (None if each is None else iso(each) for each in (one.first_at, one.last_at, one.next_at))
    return {
        "account": account_text(one.account),
        "part": one.part,
        "region": one.region,
        "state": one.state(at).value,
        "first_read_at": first,
        "last_read_at": last,
        "next_read_at": following,
        "unread_between": None if one.apart is None else [iso(each) for each in one.apart],
    }
