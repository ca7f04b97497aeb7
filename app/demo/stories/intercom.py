"""Doorbells and the app that answers them: WebRTC masters on device sessions, viewers on Cognito identities."""

from collections.abc import Iterator

from app.demo import actors, records
from app.demo.happening import Happening
from app.demo.identifiers import guid, number
from app.demo.nouns import Account, Channel
from app.demo.principals.applications import pool_identifier
from app.demo.resources import channel_arn
from app.demo.stories import Day, Story

_APP = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 aws-sdk-js/3.917.0"
_DOORS = "203.0.113.240"
_PEOPLE = 212
_ANSWERED = 0.7
"""Share of rings that somebody answers."""
_CERTIFICATE_HOURS = 12


def tell(day: Day) -> Iterator[Happening]:
    """Yield who rings and who answers."""
    account = day.account("webrtc-intercom")
    for channel in account.channels:
        yield from _door(day, account, channel)


def _door(day: Day, account: Account, channel: Channel) -> Iterator[Happening]:
    random = day.random("door", channel.name)
    arn = channel_arn(account.id, channel)
    issuer = actors.service(account.id, "credentials.iot.amazonaws.com")
    for half in range(2):
        started_at = day.at(12 * half) + number("door", channel.name, below=600)
        name = actors.certificate(f"bell-{channel.name}")
        master = actors.session(account, str(channel.producer), name, started_at, seconds=_CERTIFICATE_HOURS * 3600)
        yield from records.assume_role(issuer, master, started_at, channel.region)
        caller = master.actor(_DOORS, "kvs-webrtc-sdk-c/1.11.0 Linux/5.15 aarch64")
        for _ in range(2):
            at = started_at + 700 + round(random.random() * 40_000)
            yield records.video_call(caller, at, "GetSignalingChannelEndpoint", arn, params=_endpoint("MASTER"))
            yield records.video_call(caller, at + 1, "GetIceServerConfig", arn)
            yield records.video_call(caller, at + 1, "ConnectAsMaster", arn)
            if random.random() < _ANSWERED:
                yield from _answer(account, channel, at + 9, random.randrange(_PEOPLE))


def _answer(account: Account, channel: Channel, at: int, person: int) -> Iterator[Happening]:
    """Yield one app user's view: in CloudTrail all share one session name; the identity is in webIdFederationData."""
    pool = account.pools[0]
    identity = f"{channel.region}:{guid('app user', person)}"
    provider = "cognito-identity.amazonaws.com"
    extra = {
        "webIdFederationData": {
            "federatedProvider": provider,
            "attributes": {
                f"{provider}:aud": pool_identifier(account.id, pool),
                f"{provider}:sub": identity,
                f"{provider}:amr": '["authenticated"]',
            },
        }
    }
    session = actors.session(account, pool.authenticated, "CognitoIdentityCredentials", at - 5, extra=extra)
    address = f"198.18.{number('app', person, below=250)}.{number('phone', at, below=250)}"
    yield records.web_identity(
        session, at - 5, channel.region, subject=identity, provider=provider, address=address, agent=_APP
    )
    caller, arn = session.actor(address, _APP), channel_arn(account.id, channel)
    yield records.video_call(caller, at, "GetSignalingChannelEndpoint", arn, params=_endpoint("VIEWER"))
    yield records.video_call(caller, at + 1, "GetIceServerConfig", arn)
    yield records.video_call(
        caller, at + 1, "ConnectAsViewer", arn, params={"clientId": guid("client", at, person)[:8]}
    )


def _endpoint(role: str) -> dict[str, object]:
    return {"singleMasterChannelEndpointConfiguration": {"protocols": ["WSS", "HTTPS"], "role": role}}


STORY = Story(
    "Doorbells and the app that answers them",
    needs=("webrtc-intercom",),
    tell=tell,
    pages=("/streams", "/principals"),
    is_decoy=True,
)
