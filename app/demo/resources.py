"""The ARNs of the estate's streams, channels and keys."""

from app.demo.identifiers import arn_suffix, guid
from app.demo.nouns import Channel, Stream


def stream_arn(account: str, stream: Stream) -> str:
    """Return the ARN of a stream, its suffix included."""
    suffix = arn_suffix(account, stream.region, stream.name)
    return f"arn:aws:kinesisvideo:{stream.region}:{account}:stream/{stream.name}/{suffix}"


def channel_arn(account: str, channel: Channel) -> str:
    """Return the ARN of a signaling channel, its suffix included."""
    suffix = arn_suffix(account, channel.region, "channel", channel.name)
    return f"arn:aws:kinesisvideo:{channel.region}:{account}:channel/{channel.name}/{suffix}"


def key_arn(account: str, region: str, alias: str) -> str:
    """Return the ARN of the KMS key behind an alias of the estate."""
    return f"arn:aws:kms:{region}:{account}:key/{guid(account, region, alias)}"
