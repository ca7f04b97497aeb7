"""The eight series of every chart: reading media rises above the waterline, all else hangs below it."""

from dataclasses import dataclass

from app.core.kvs.actions import ACTIONS, Group


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its key in the stylesheet (`k-<key>`), its name in the legend, and its side of the line."""

    key: str
    label: str
    is_above: bool


SERIES: tuple[Series, ...] = (
    Series("live", "GetMedia", True),
    Series("arch", "Archive, clips", True),
    Series("url", "Playback URL", True),
    Series("view", "ConnectAsViewer", True),
    Series("put", "PutMedia", False),
    Series("master", "ConnectAsMaster", False),
    Series("ask", "Describe, list", False),
    Series("change", "Create, change", False),
)
"""In the order in which they stack, from the waterline outwards."""
ABOVE = tuple(series for series in SERIES if series.is_above)
BELOW = tuple(series for series in SERIES if not series.is_above)

_OF_GROUP = {
    Group.MEDIA_READ_LIVE: "live",
    Group.PLAYBACK_URL: "url",
    Group.SIGNALING_VIEWER: "view",
    Group.MEDIA_WRITE: "put",
    Group.SIGNALING_MASTER: "master",
    Group.SIGNALING_SUPPORT: "ask",
    Group.ENDPOINT_DISCOVERY: "ask",
    Group.INVENTORY: "ask",
    Group.CONFIG_READ: "ask",
    Group.CONFIG_WRITE: "change",
    Group.LIFECYCLE_WRITE: "change",
    Group.TAGGING: "change",
}


def series_of(action: str) -> str:
    """Return the series key of an API action; one that the catalogue does not know is judged by its verb."""
    known = ACTIONS.get(action)
    if known is None:
        return "ask" if action.startswith(("Get", "List", "Describe", "Assume", "Lookup")) else "change"
    if known.group is Group.MEDIA_READ_ARCHIVE:
        # ListFragments shows times, not pictures.
        return "arch" if known.exposes_media else "ask"
    if known.group is Group.STORAGE_SESSION:
        return "view" if known.exposes_media else "master"
    return _OF_GROUP[known.group]


def is_warm(action: str) -> bool:
    """Return whether an action reads media: warm colours say this and nothing else."""
    known = ACTIONS.get(action)
    return known is not None and known.exposes_media


ACTIONS_OF: dict[str, tuple[str, ...]] = {
    series.key: tuple(name for name in ACTIONS if series_of(name) == series.key) for series in SERIES
}
"""The catalogue's actions of each series: what a click on its legend filters by."""
