"""A deployment: the pipeline describes and tags dozens of streams in two minutes. Busy, and nothing to report."""

from collections.abc import Iterator

from app.demo import actors, records
from app.demo.happening import Happening
from app.demo.resources import stream_arn
from app.demo.stories import Day, Story

_DAYS = {-2: "cams-prod-eu", -11: "cams-prod-us", -20: "clinic-video"}
_ADDRESS = "192.0.2.140"


def tell(day: Day) -> Iterator[Happening]:
    """Yield one apply."""
    name = _DAYS.get(day.number)
    if name is None or not day.estate.has(name):
        return
    account = day.account(name)
    start = day.at(14.0)
    session = actors.session(account, "TerraformApply", "github-apply", start)
    yield records.web_identity(
        session,
        start,
        account.regions[0],
        subject="repo:halden/platform:ref:refs/heads/main",
        provider=f"arn:aws:iam::{account.id}:oidc-provider/token.actions.githubusercontent.com",
        address=_ADDRESS,
        agent=actors.TERRAFORM,
    )
    caller = session.actor(_ADDRESS, actors.TERRAFORM)
    for second, stream in enumerate(account.streams):
        arn, at = stream_arn(account.id, stream), start + 10 + 3 * second
        yield records.video_call(caller, at, "DescribeStream", arn)
        yield records.video_call(caller, at + 1, "ListTagsForStream", arn)
        yield records.video_call(caller, at + 2, "TagStream", arn, params={"tags": {"release": "2026.11"}})


STORY = Story(
    "A deployment", needs=(), tell=tell, pages=("/events?from=now-7d&principal~=TerraformApply",), is_decoy=True
)
