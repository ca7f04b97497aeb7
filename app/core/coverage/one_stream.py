"""What was observable of one stream or channel: where selectors name streams, each has an answer of its own."""

from dataclasses import replace

from app.core.coverage.history import INVENTORY
from app.core.coverage.settings import AccountHistory, Version
from app.core.model.stream import Stream
from app.core.parts import Streams


def history_of(history: AccountHistory, stream: Stream) -> AccountHistory:
    """Return the history of an account as if it had this stream alone, one that is gone or that only calls name too."""
    settings = (version for version in history.versions if version.part not in INVENTORY)
    alone = Version("streams", stream.region, stream.created_at, None, Streams((stream,)))
    return replace(history, versions=(*settings, alone))
