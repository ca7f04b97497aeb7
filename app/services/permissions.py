"""Which IAM actions kvswatch needs in which kind of account, and which part needs each: what the code declares."""

from app.aws import trail_archive
from app.core.model.account import AccountKind
from app.services.ingest_feed import SOURCES
from app.services.poll_account import COLLECTORS


def permissions_by_kind() -> dict[AccountKind, frozenset[str]]:
    """Return the actions that the role of each kind of account has to allow."""
    return {kind: frozenset(action for action, _ in _needs(kind)) for kind in AccountKind}


def reasons(action: str, kind: AccountKind) -> list[str]:
    """Return the parts and sources that need `action` in an account of this kind, in order of name."""
    return sorted({reason for needed, reason in _needs(kind) if needed == action})


def _needs(kind: AccountKind) -> list[tuple[str, str]]:
    """Return (action, what for) pairs."""
    parts = [
        (action, part.name)
        for collector in COLLECTORS.values()
        if kind in collector.kinds
        for part in collector.parts
        for action in part.permissions
    ]
    sources = [
        (action, name) for name, source in SOURCES.items() if kind in source.kinds for action in source.permissions
    ]
    # Any account may have a trail's bucket: `kvswatch verify` reads it, and asks for CloudTrail's public keys.
    return parts + sources + [(action, "verify") for action in trail_archive.PERMISSIONS]
