"""What was observable of single streams or channels: where selectors name streams, each has an answer of its own."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from app.core.coverage.history import INVENTORY
from app.core.coverage.selectors import alike_streams, stream_fields
from app.core.coverage.settings import AccountHistory, Version, selectors_of
from app.core.model.stream import ResourceKind, Stream
from app.core.parts import Streams

_BEGINNING = datetime.min.replace(tzinfo=UTC)


def history_of(history: AccountHistory, *streams: Stream) -> AccountHistory:
    """Return the history of an account as if it had these streams alone, such that are gone or only called by too."""
    settings = (version for version in history.versions if version.part not in INVENTORY)
    alone = (Version("streams", stream.region, stream.created_at, None, Streams((stream,))) for stream in streams)
    return replace(history, versions=(*settings, *alone))


def asked_about(arn: str, name: str, region: str, kind: ResourceKind) -> Stream:
    """Return a stream or channel of which no more is known, or need be: selectors look at its ARN."""
    return Stream(arn, name, region, kind, "", _BEGINNING)


def covered_alike(
    history: AccountHistory, organizations: Iterable[AccountHistory], streams: Iterable[Stream]
) -> tuple[tuple[Stream, ...], ...]:
    """Return streams of an account in groups that share their answers at any time: each was asked about once."""
    advanced, _ = selectors_of((history, *organizations))
    return alike_streams(streams, stream_fields(advanced))
