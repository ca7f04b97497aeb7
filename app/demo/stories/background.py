"""What else an organization's logs hold: KMS for Kinesis Video itself, IAM, EC2, S3: hardly any of it about video."""

from collections.abc import Iterator
from random import Random

from app.demo import actors, records
from app.demo.happening import Happening
from app.demo.nouns import Account
from app.demo.resources import key_arn
from app.demo.stories import Day, Story
from app.demo.stories._programs import signed_on

_READS = (
    ("ec2", "DescribeInstances"),
    ("ec2", "DescribeNetworkInterfaces"),
    ("logs", "DescribeLogGroups"),
    ("monitoring", "DescribeAlarms"),
    ("config", "DescribeConfigRules"),
    ("s3", "GetBucketAcl"),
    ("ssm", "DescribeInstanceInformation"),
    ("iam", "ListRoles"),
    ("iam", "GetRole"),
    ("iam", "ListAttachedRolePolicies"),
    ("sts", "GetCallerIdentity"),
)
_CALLS = 26
_ADMINISTRATOR_DAYS = 0.4
"""Share of days on which an administrator signs on."""
_VIDEO = "kinesisvideo.amazonaws.com"


def tell(day: Day) -> Iterator[Happening]:
    """Yield some background for every account."""
    for account in day.estate.members:
        random = day.random("background", account.id)
        yield from _platform(day, account, random)
        yield from _keys(day, account, random)
        yield from _administrator(day, account, random)


def _platform(day: Day, account: Account, random: Random) -> Iterator[Happening]:
    session = actors.session(account, "ConfigRecorder", "AWSConfig-Describe", day.at(0) + 5, seconds=86_400)
    issuer = actors.service(account.id, "config.amazonaws.com")
    yield from records.assume_role(issuer, session, day.at(0) + 5, account.regions[0])
    caller = session.actor("config.amazonaws.com", "config.amazonaws.com")
    for _ in range(_CALLS):
        service, action = random.choice(_READS)
        region = records.GLOBAL_REGION if service == "iam" else random.choice(account.regions)
        at = day.at(23.9 * random.random()) + 60
        yield records.other_call(
            caller, at, service, action, region, request={"maxResults": random.choice((50, 100, 1000))}
        )


def _keys(day: Day, account: Account, random: Random) -> Iterator[Happening]:
    """Kinesis Video asks KMS for data keys in its own name: records that mention the service and are not its calls."""
    for own in account.keys:
        arn = key_arn(account.id, own.region, own.alias)
        caller = actors.service(account.id, _VIDEO)
        for _ in range(6):
            yield records.other_call(
                caller,
                day.at(23.9 * random.random()),
                "kms",
                "GenerateDataKey",
                own.region,
                request={"keyId": arn, "keySpec": "AES_256"},
                resource=("AWS::KMS::Key", arn),
            )


def _administrator(day: Day, account: Account, random: Random) -> Iterator[Happening]:
    """An administrator looks around on some days, and changes something harmless."""
    if random.random() > _ADMINISTRATOR_DAYS:
        return
    address = "203.0.113.161"
    start = day.at(9 + 6 * random.random())
    sign_on, session = signed_on(account, "AdministratorAccess", "ines.okafor@halden.example", start, address)
    yield sign_on
    caller = session.actor(address, actors.BROWSER)
    for second in range(5):
        service, action = random.choice(_READS)
        yield records.other_call(caller, start + 20 * second + 4, service, action, account.regions[0], request=None)
    tag = {"roleName": "Developer", "tags": [{"key": "reviewed", "value": "yes"}]}
    yield records.other_call(caller, start + 300, "iam", "TagRole", records.GLOBAL_REGION, request=tag)


STORY = Story("Background", needs=(), tell=tell, pages=("/accounts", "/events"), is_decoy=True)
