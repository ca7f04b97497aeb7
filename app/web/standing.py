"""What a page says of a stream or channel on which nobody judged who may do what, or which is not there."""

from dataclasses import dataclass

from app.db.queries.stream_pages import StreamRow
from app.web.as_it_was import Was

_UNREAD = "the account's policies were not read."


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether anybody judged who may do what on a stream or channel, and if not, why.

    `is_unjudged`: no listing tells whether it is there; what a listing lacks is not there. `is_past`: as of a time.
    """

    was: Was[StreamRow]
    is_evaluated: bool
    is_unjudged: bool
    is_past: bool

    @property
    def told(self) -> str:
        """What stands in place of how many may watch it; "" where they are counted."""
        verb = "might" if self.is_past else "may"
        if self.was.absence:
            unknown = "" if self.is_evaluated else f" Who {verb} watch it is not known: {_UNREAD}"
            return f"It was {self.was.absence}.{unknown}"
        if not self.is_evaluated:
            return f"Who {verb} watch it is not computed{'' if self.is_past else ' yet'}: {_UNREAD}"
        if self.is_unjudged:
            return f"Who {verb} watch it is not known: no inventory holds this {self.was.row.kind}."
        return self._gone

    @property
    def note(self) -> str:
        """What stands in place of who may do what, or beside who is known to have; "" where that is judged."""
        if not self.is_evaluated:
            when = "had not been read then" if self.is_past else "were not read yet"
            return f"The policies of this account {when}, so nothing can be said about who may."
        if self.was.absence:
            return f"It was {self.was.absence}, so nobody's policies were judged on it."
        return "No inventory holds it, so nobody's policies were judged on it." if self.is_unjudged else self._gone

    @property
    def unknown(self) -> str:
        """Why nobody knows who gets to it through a role; "" where that is known."""
        if not self.is_evaluated:
            return f"Not known: {_UNREAD}"
        if not self.is_unjudged:
            return ""
        if self.was.absence:
            return self.note
        return f"Not known: no inventory holds this {self.was.row.kind}, so nobody's policies were judged on it."

    @property
    def _gone(self) -> str:
        is_there = self.was.row.status is not None
        return "" if is_there else "The listing of its Region does not have it: it was gone by then, or never there."
