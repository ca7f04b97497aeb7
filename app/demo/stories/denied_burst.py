"""Forty-seven refused reads in seven minutes; then somebody widens the role, and the next one succeeds."""

from collections.abc import Iterator

from app.demo import actors, records
from app.demo.happening import Happening
from app.demo.stories import Day, Story
from app.demo.stories._programs import arn_of, signed_on

_DAY = -1
_COUNT = 47
_ADDRESS = "203.0.113.166"
_PERSON = "rune.vestergaard@halden.example"
_ADMINISTRATOR = "tomas.brandt@halden.example"


def tell(day: Day) -> Iterator[Happening]:
    """Yield the refusals, the change of the policy, and the reads after it."""
    if day.number != _DAY:
        return
    account = day.account("cams-prod-us")
    start, region = day.at(23.68), "us-east-1"
    sign_on, person = signed_on(account, "AdministratorAccess", _PERSON, start - 600, _ADDRESS)
    yield sign_on
    reader = actors.session(account, "ForensicsReader", "rune.vestergaard", start - 30)
    caller = reader.actor(_ADDRESS, actors.COMMAND_LINE)
    yield from records.assume_role(person.actor(_ADDRESS), reader, start - 30, region)
    arns = [arn_of(account, name) for name in ("lobby-west", "lobby-east", "lobby-north")]
    for call in range(_COUNT):
        action = "GetDataEndpoint" if call % 3 == 0 else "GetMedia"
        params = (
            {"aPIName": "GET_MEDIA"} if action == "GetDataEndpoint" else {"startSelector": {"startSelectorType": "NOW"}}
        )
        yield records.video_call(caller, start + 8 * call, action, arns[call % len(arns)], params=params, denied=True)
    end = start + 8 * _COUNT
    sign_on, session = signed_on(account, "AdministratorAccess", _ADMINISTRATOR, end, "203.0.113.161")
    yield sign_on
    yield records.other_call(
        session.actor("203.0.113.161", actors.BROWSER),
        end + 25,
        "iam",
        "PutRolePolicy",
        records.GLOBAL_REGION,
        request={"roleName": "ForensicsReader", "policyName": "read", "policyDocument": '{"Version":"2012-10-17"}'},
    )
    yield records.endpoint(caller, end + 60, arns[0], "GET_MEDIA")
    for call in range(3):
        yield records.video_call(
            caller, end + 62 + 40 * call, "GetMedia", arns[0], params={"startSelector": {"startSelectorType": "NOW"}}
        )


STORY = Story(
    "A burst of denied calls followed by success",
    needs=("cams-prod-us",),
    tell=tell,
    pages=("/events?from=now-7d&principal~=ForensicsReader", "/findings"),
)
