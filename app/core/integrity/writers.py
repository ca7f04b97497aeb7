"""Which trails write into a place.

Source: CloudTrail User Guide, "Finding your CloudTrail log files": an organization trail writes below the
organization's id, which old ones leave out.
"""

from collections.abc import Iterable

from app.core.model.integrity import PlaceKey
from app.core.model.trail import Trail


def writers(trails: Iterable[Trail], place: PlaceKey) -> tuple[Trail, ...]:
    """Return those of an account's `trails` that write into `place`."""
    near = [trail for trail in trails if place.folder.startswith(_root(trail)) and _logs(trail, place.region)]
    exact = [trail for trail in near if _is_of_organization(trail, place) == trail.is_organization_trail]
    return tuple(exact or near)


def _root(trail: Trail) -> str:
    prefix = f"{trail.prefix.strip('/')}/" if trail.prefix else ""
    return f"s3://{trail.bucket}/{prefix}AWSLogs/"


def _logs(trail: Trail, region: str) -> bool:
    return trail.is_multi_region or trail.home_region == region


def _is_of_organization(trail: Trail, place: PlaceKey) -> bool:
    return place.folder.removeprefix(_root(trail)).startswith("o-")
