"""Guards watch the depots through legacy-cams, whose trail logs no media: CloudWatch counts what no record shows."""

from collections.abc import Iterator

from app.demo.actors import BROWSER
from app.demo.happening import Happening
from app.demo.stories import Day, Story
from app.demo.stories._programs import read, signed_on, streams_named

_ADDRESS = "203.0.113.231"
_GUARDS = ("petra.sund@halden.example", "ali.demir@halden.example")


def tell(day: Day) -> Iterator[Happening]:
    """Yield two shifts; of each look only GetDataEndpoint reaches the log."""
    account = day.account("legacy-cams")
    arns = streams_named(account, lambda name: name.startswith("old-0"))
    for shift, guard in enumerate(_GUARDS):
        start = day.at(6 + 8 * shift)
        sign_on, session = signed_on(account, "ControlRoom", guard, start, _ADDRESS, hours=12)
        yield sign_on
        caller = session.actor(_ADDRESS, BROWSER)
        for look in range(14):
            arn = arns[look % len(arns)]
            yield from read(
                caller, start + 600 + 1800 * look, arn, "GetMedia", startSelector={"startSelectorType": "NOW"}
            )


STORY = Story(
    "An account whose media calls are not logged",
    needs=("legacy-cams",),
    tell=tell,
    pages=("/coverage", "/findings", "/accounts"),
)
