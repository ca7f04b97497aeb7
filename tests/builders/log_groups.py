"""A log group of the emulator, as a trail fills it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from moto.logs.models import logs_backends

from app.core.model.account import Account

REGION = "eu-central-1"
STREAM = "111122223333_CloudTrail_eu-central-1"


class LogGroup:
    """One log group of an account, `arn`."""

    def __init__(self, account: Account) -> None:
        self.name = f"trail-{uuid4().hex}"
        self.arn = f"arn:aws:logs:{REGION}:{account.id:012d}:log-group:{self.name}"
        group = logs_backends[f"{account.id:012d}"][REGION].create_log_group(self.name, {})
        for stream in (STREAM, f"{STREAM}_2"):
            group.create_log_stream(stream)
        self._streams = group.streams

    def put(self, at: datetime, message: str, stream: str = STREAM) -> str:
        """Put one log event; return its message. Not by HTTP: that takes nothing that is older than 14 days."""
        event: dict[str, Any] = {"timestamp": int(at.timestamp() * 1000), "message": message}
        self._streams[stream].put_log_events([event])
        return message
