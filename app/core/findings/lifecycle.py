"""The life of a finding: what people may do with it. What evidence does with it is `reconcile`'s business."""

from dataclasses import replace
from datetime import datetime

from app.core.errors import InvalidInput
from app.core.model.finding import Finding, FindingState

LONGEST_NOTE = 2000


def acknowledged(finding: Finding, note: str) -> Finding:
    """Return the finding as known to somebody: it stays in the counts, and a worse severity opens it again.

    Raises:
        InvalidInput: it is resolved.
    """
    _require_unresolved(finding, "acknowledge")
    heard = unmuted(finding)
    return replace(heard, state=FindingState.ACKNOWLEDGED, note=_checked(note) or heard.note)


def muted(finding: Finding, reason: str, until: datetime | None, now: datetime) -> Finding:
    """Return the finding as accepted for the reason given, until then or (None) until somebody opens it again.

    Raises:
        InvalidInput: it is resolved, there is no reason, or `until` has passed.
    """
    _require_unresolved(finding, "mute")
    if not reason.strip():
        raise InvalidInput("cannot mute without a reason: say why this is accepted, and by whom")
    if until is not None and until <= now:
        raise InvalidInput(f"cannot mute until {until.isoformat()}: that time has passed")
    return replace(finding, state=FindingState.MUTED, note=_checked(reason), muted_until=until)


def reopened(finding: Finding, note: str) -> Finding:
    """Return an acknowledged or muted finding as open; what was said of it before stands in its history.

    Raises:
        InvalidInput: it is open already, or resolved: only evidence brings a resolved finding back.
    """
    _require_unresolved(finding, "reopen")
    if finding.state is FindingState.OPEN:
        raise InvalidInput("cannot reopen: the finding is open")
    return replace(finding, state=FindingState.OPEN, note=_checked(note) or None, muted_until=None)


def unmuted(finding: Finding) -> Finding:
    """Return the finding without what held only while it was muted: the end, and the reason given for it."""
    return replace(finding, note=None, muted_until=None) if finding.state is FindingState.MUTED else finding


def _require_unresolved(finding: Finding, verb: str) -> None:
    if finding.state is FindingState.RESOLVED:
        raise InvalidInput(
            f"cannot {verb}: the finding is resolved; it opens by itself when the rule is violated again"
        )


def _checked(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(f"the note has {len(note)} characters: write at most {LONGEST_NOTE}")
    return note.strip().replace("\0", "\N{REPLACEMENT CHARACTER}")
