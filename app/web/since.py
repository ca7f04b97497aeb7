"""Since when a principal's permissions are as they are now, in words."""

from app.core.unchanged import Unchanged


def since_text(found: Unchanged | None) -> str:
    """Return what the readings of IAM tell, and from where on they tell nothing."""
    if found is None:
        return "since when is not known: it was not read"
    since = f"{found.since:%Y-%m-%d %H:%MZ}"
    newest = found.newest
    made = f"; {newest.name} {newest.version_id} was made on {newest.created_at:%Y-%m-%d}" if newest else ""
    if found.before is not None:
        return f"the same in every reading since {since}; on {found.before:%Y-%m-%d %H:%MZ} it was read otherwise{made}"
    if found.is_first:
        return f"the same in every reading of kvswatch since its first, {since}; what it was before is not known{made}"
    return f"the same in every reading since {since} at least; older ones were not looked at{made}"


def since_short(found: Unchanged | None) -> str:
    """Return the same for a cell of a table, below which it is told what "same" means."""
    if found is None:
        return "not read"
    since = f"same since {found.since:%Y-%m-%d}"
    newest = found.newest
    made = f"; {newest.name} {newest.version_id} of {newest.created_at:%Y-%m-%d}" if newest else ""
    if found.before is not None:
        return f"{since}, not before{made}"
    return f"{since}, {'the first reading' if found.is_first else 'or longer'}{made}"
