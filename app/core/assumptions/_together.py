"""What a check sees of records that belong together, where one on its own tells nothing: what AWS itself wrote."""

from typing import NamedTuple


class OneRequest(NamedTuple):
    """Two deliveries of one account with the same eventID, or with the same eventName and requestID."""

    action: str
    is_same_event: bool
    """Whether their eventIDs are equal."""
    is_same_time: bool
    of_two_trails: bool | None
    """Whether the log files of two trails had them, a file and its copy not being two; None: nobody can tell."""


class OneName(NamedTuple):
    """Two answered calls that made a stream, or a signaling channel, of one name in one Region of an account."""

    is_same_arn: bool


SeenTogether = OneRequest | OneName
