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


class OneKey(NamedTuple):
    """A call of an IAM user with a key ASIA…, not of the console and for no service, and what issued that key."""

    issued_by: str
    """eventName of the record of STS that has the key in its answer."""
    is_of_long_term: bool
    """Whether that was asked for with a user's long-term key."""


class OneDay(NamedTuple):
    """One stream and UTC day that is over: what CloudWatch counted of a call, and the events of it that are stored."""

    action: str
    requests: int
    stored: int


SeenTogether = OneRequest | OneName | OneKey | OneDay
