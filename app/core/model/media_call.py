"""One call that reads or sends media, as far as viewer sessions and producers need it."""

from datetime import datetime, timedelta

from msgspec import Struct

from app.core.model.event import URL_LIFE_UNTOLD, ActorKind, KeyKind
from app.core.model.footage import Footage
from app.core.query.cursor import EventKey
from app.core.timeline.outcome import CallOutcome, outcome_of

LONGEST_URL = timedelta(hours=12)
"""So long a playback URL lives at most (KVS API Reference, GetHLSStreamingSessionURL: Expires is 43,200 seconds at
most), and counts for where a record tells nothing."""


class MediaCall(Struct, frozen=True, gc=False):
    """One stored call on a stream or channel. `principal` is the ARN or stand-in of the durable principal.

    `person`, `session_name` and `address` are hostile text.
    """

    key: EventKey
    action: str
    principal_id: int
    principal: str
    kind: ActorKind
    key_kind: KeyKind
    person: str | None = None
    session_name: str | None = None
    access_key: str | None = None
    address: str | None = None
    invoked_by: str | None = None
    error_code: str | None = None
    footage: Footage | None = None
    url_expires_s: int | None = None

    @property
    def at(self) -> datetime:
        """The one time that its record has."""
        return self.key.event_time

    @property
    def outcome(self) -> CallOutcome:
        """Whether AWS answered."""
        return outcome_of(self.error_code)

    @property
    def url_ends_at(self) -> datetime | None:
        """When the playback URL ends that the call was given, at the latest; None where it was given none."""
        if self.url_expires_s is None or self.error_code is not None:
            return None
        return self.at + (LONGEST_URL if self.is_url_life_untold else timedelta(seconds=self.url_expires_s))

    @property
    def is_url_life_untold(self) -> bool:
        """Whether the record does not tell how long the playback URL lives."""
        return self.url_expires_s == URL_LIFE_UNTOLD
