"""Names as people say them, from ARNs."""

from collections.abc import Iterable

from app.core.arn import parsed

MOST = 3


def name_of(arn: str) -> str:
    """Return the name in an ARN: a role or user without its path, a stream without its creation time.

    What is no ARN is returned as it is.
    """
    parts = parsed(arn)
    if parts is None:
        return arn
    kind, _, rest = parts.resource.partition("/")
    if not rest:
        return parts.resource
    if parts.service == "kinesisvideo" and kind in {"stream", "channel"}:
        return rest.split("/", 1)[0]
    return rest.rsplit("/", 1)[-1]


def principal_of(subject: str) -> str:
    """Return the ARN in a finding's subject: "role-arn person" is a reader, "role-arn#name" an inline policy."""
    return subject.partition(" ")[0].partition("#")[0] if subject.startswith("arn:") else subject


def listed(names: Iterable[str], most: int = MOST) -> str:
    """Return names as a sentence holds them: "a, b, c and 4 more"."""
    found = list(names)
    if len(found) <= most:
        return ", ".join(found[:-1]) + " and " + found[-1] if len(found) > 1 else "".join(found)
    return f"{', '.join(found[:most])} and {len(found) - most} more"


def counted(n: int, one: str, many: str | None = None) -> str:
    """Return "1 stream", "24 streams"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
