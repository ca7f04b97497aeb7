"""An error as AWS would answer it."""


class AwsError(Exception):
    """A refusal with AWS's code; the wire form is decided by the protocol of the call."""

    def __init__(self, code: str, message: str = "", status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers or {}


class Dropped(Exception):
    """The connection is to be closed without an answer."""
