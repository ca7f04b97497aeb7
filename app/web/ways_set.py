"""The ways out that are set on a stream or channel: images, notifications, edge, WebRTC storage, as polled."""

from collections.abc import Mapping

from app.core.arn import parsed
from app.core.coverage.observe import ActionClass
from app.core.model.snapshot import PartState
from app.core.normalise.kinesisvideo import NOT_CONFIGURED
from app.db.queries.stream_pages import StreamRow
from app.db.queries.stream_settings import StreamSetting, channel_ids
from app.web import filters
from app.web.way_out import NOT_OBSERVED, Asked, Link, Way

MOST_SHOWN = 5
SET_BY = {
    "images": ("UpdateImageGenerationConfiguration",),
    "notifications": ("UpdateNotificationConfiguration",),
    "edge": ("StartEdgeConfigurationUpdate", "DeleteEdgeConfiguration"),
    "storage": ("UpdateMediaStorageConfiguration",),
}
"""The calls that set each."""


def images(asked: Asked, setting: StreamSetting) -> Way:
    """Return where images of the video are written."""
    detail = setting.detail
    state = detail.image_generation_status if detail else None
    uri = detail.image_destination_uri if detail else None
    note = "who may open the bucket, and who did: no collector reads it" if uri else ""
    return _configured(asked, "Image generation", "images", setting, state, uri, note)


def notifications(asked: Asked, setting: StreamSetting) -> Way:
    """Return which topic hears of new fragments."""
    detail = setting.detail
    state = detail.notification_status if detail else None
    uri = detail.notification_destination_uri if detail else None
    note = "who subscribes to the topic: no collector reads it" if uri else ""
    return _configured(asked, "Notifications", "notifications", setting, state, uri, note)


def edge(asked: Asked, setting: StreamSetting) -> Way:
    """Return which hub records the camera on its own disk."""
    detail = setting.detail
    state = detail.edge_status if detail else None
    hub = detail.edge_hub_arn if detail else None
    note = "what is recorded on the hub, and who opens it there: no log tells" if hub else ""
    return _configured(asked, "Edge agent", "edge", setting, state, hub, note)


def _configured(
    asked: Asked, name: str, key: str, setting: StreamSetting, state: str | None, where: str | None, note: str
) -> Way:
    actions = SET_BY[key]
    may, did = asked.who_may(key, "may set it", actions), asked.who_did(actions, ActionClass.MANAGEMENT)
    why = _unseen(asked, setting)
    if state is None:
        return Way(name, NOT_OBSERVED, note=why, may=may, did=did, is_unseen=True)
    stale = f"; since then {why}" if not setting.part.is_fresh else ""
    told_of = f"{_read_at(asked, setting)}{stale}"
    if state == NOT_CONFIGURED:
        return Way(name, "none is set up", note=told_of, may=may, did=did)
    shown = (Link(where),) if where else ()
    return Way(name, state.lower().replace("_", " "), shown, "; ".join(filter(None, (note, told_of))), may, did)


def _read_at(asked: Asked, setting: StreamSetting) -> str:
    return f"read {filters.age(setting.part.seen_at, asked.visit.now)} ago" if setting.part.seen_at else "never read"


def _unseen(asked: Asked, setting: StreamSetting) -> str:
    """Return why a part is not there, in words of its own for each reason."""
    part = setting.part
    match part.state:
        case PartState.NOT_COLLECTED:
            return "not read yet"
        case PartState.DENIED:
            return f"its role may not call {part.missing}" if part.missing else "its role was denied"
        case PartState.THROTTLED:
            return "AWS throttled the last attempt"
        case PartState.UNREACHABLE:
            return "the endpoint could not be reached"
        case PartState.FAILED:
            return f"the last attempt failed: {part.message or 'no reason was given'}"
        case PartState.SEEN:
            return _left_out(asked.row)


def _left_out(row: StreamRow) -> str:
    """Return why a reading does not hold a stream or channel."""
    if row.removed_at:
        return f"it is gone since {row.removed_at:%Y-%m-%d}"
    return "no inventory holds it" if row.status is None else "it is newer than the last reading"


def storage(asked: Asked, setting: StreamSetting) -> Way:
    """Return where a channel's media are stored, or which channels' media are stored to a stream."""
    row, detail = asked.row, setting.detail
    may: tuple[Link, ...] = ()
    did: tuple[Link, ...] = ()
    if row.kind == "channel":
        # It is set on the channel, not on the stream.
        may = asked.who_may("storage", "may set it", SET_BY["storage"])
        did = asked.who_did(SET_BY["storage"], ActionClass.MANAGEMENT)
    # Channels name the stream by its ARN.
    is_told = row.arn is not None if row.kind == "stream" else detail is not None
    if setting.part.seen_at is None or not is_told:
        return Way("WebRTC storage", NOT_OBSERVED, note=_unseen(asked, setting), may=may, did=did, is_unseen=True)
    if row.kind == "stream":
        arns, none = setting.from_channels, "no channel's media are stored here"
        state, note = "filled by", "whoever may view the channel sees what is stored here"
    else:
        stored = detail.stores_to if detail else None
        arns, none = (stored,) if stored else (), "its media are not stored"
        state, note = "stored to", "whoever may read that stream sees the recording"
    ids = channel_ids(asked.visit.connection, asked.visit.scope, row, arns)
    shown = [_resource(arn, ids) for arn in arns[:MOST_SHOWN]]
    shown += [Link(f"{len(arns) - MOST_SHOWN:,} more")] if len(arns) > MOST_SHOWN else []
    notes = [note if arns else "", _read_at(asked, setting)]
    notes += [] if setting.part.is_fresh else [f"since then {_unseen(asked, setting)}"]
    return Way("WebRTC storage", state if arns else none, tuple(shown), "; ".join(filter(None, notes)), may, did)


def _resource(arn: str, ids: Mapping[str, int]) -> Link:
    found = parsed(arn)
    name = found.resource.split("/")[1] if found is not None and "/" in found.resource else arn
    return Link(name, f"/streams/{ids[arn]}" if arn in ids else "")
