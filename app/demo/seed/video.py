"""Kinesis Video Streams: streams in moto, channels and settings beside it."""

from datetime import UTC, datetime

from moto.kinesisvideo.models import kinesisvideo_backends

from app.demo.gate.world import World
from app.demo.identifiers import guid
from app.demo.nouns import Account, Channel, Stream
from app.demo.resources import channel_arn, key_arn, stream_arn
from app.demo.seed import Seeder


def seed_video(world: World, _today: datetime) -> None:
    """Fill the streams and channels of every account."""
    for account in world.estate.accounts:
        for stream in account.streams:
            _add_stream(world, account, stream)
        for channel in account.channels:
            _add_channel(world, account, channel)


def _add_stream(world: World, account: Account, own: Stream) -> None:
    backend = kinesisvideo_backends[account.id][own.region]
    key = f"arn:aws:kms:{own.region}:{account.id}:alias/aws/kinesisvideo"
    made = backend.streams.pop(
        backend.create_stream(
            own.device or own.name,
            own.name,
            own.media_type,
            key if own.key is None else key_arn(account.id, own.region, own.key),
            own.retention_hours,
            dict(own.tags),
        )
    )
    made.arn = stream_arn(account.id, own)
    made.creation_time = _created(made.arn).replace(tzinfo=None)
    made.version = guid(made.arn).replace("-", "")[:20]
    backend.streams[made.arn] = made
    for kind, setting in (
        ("ImageGenerationConfiguration", own.image_generation),
        ("NotificationConfiguration", own.notification),
        ("EdgeConfiguration", own.edge),
    ):
        if setting is not None:
            world.items[account.id, own.region, kind][made.arn] = setting


def _add_channel(world: World, account: Account, own: Channel) -> None:
    arn = channel_arn(account.id, own)
    world.items[account.id, own.region, "channel"][arn] = {
        "ChannelName": own.name,
        "ChannelARN": arn,
        "ChannelType": own.type,
        "ChannelStatus": "ACTIVE",
        "CreationTime": _created(arn),
        "SingleMasterConfiguration": {"MessageTtlSeconds": 60},
        "Version": guid(arn).replace("-", "")[:20],
        "tags": dict(own.tags),
    }
    if own.stream is not None:
        stream = next(stream for stream in account.streams if stream.name == own.stream)
        world.items[account.id, own.region, "MediaStorage"][own.name] = stream_arn(account.id, stream)


def _created(arn: str) -> datetime:
    return datetime.fromtimestamp(int(arn.rsplit("/", 1)[-1]) / 1000, UTC).replace(microsecond=0)


SEED = Seeder(seed_video)
