"""The catalogue of KVS actions: the facts that pages and rules rest on."""

from app.core.kvs.actions import (
    ACTIONS,
    BY_LOWER_NAME,
    CHANNEL_EVENTS,
    IN_MATRIX_ORDER,
    MEDIA_READ,
    STREAM_EVENTS,
    Group,
    Logging,
)


def test_there_are_46_and_three_take_no_resource() -> None:
    assert len(ACTIONS) == 46
    wildcard_only = {name for name, action in ACTIONS.items() if action.is_wildcard_only}
    assert wildcard_only == {"ListStreams", "ListSignalingChannels", "ListEdgeAgentConfigurations"}


def test_get_streaming_endpoint_of_the_best_practice_page_is_none_of_them() -> None:
    assert "getstreamingendpoint" not in BY_LOWER_NAME
    assert BY_LOWER_NAME["getdataendpoint"].logging is Logging.MANAGEMENT


def test_what_shows_video_does_not_follow_aws_s_access_levels() -> None:
    assert {"GetMedia", "GetClip", "ConnectAsViewer", "GetHLSStreamingSessionURL"} <= MEDIA_READ
    assert {"DescribeStream", "GetIceServerConfig", "PutMedia"}.isdisjoint(MEDIA_READ)


def test_channels_have_a_selector_type_of_their_own() -> None:
    assert ACTIONS["ConnectAsViewer"].event_type == CHANNEL_EVENTS
    assert ACTIONS["GetMedia"].event_type == STREAM_EVENTS


def test_the_matrix_begins_with_what_shows_video() -> None:
    first = [action.group for action in IN_MATRIX_ORDER[:8]]
    assert first == sorted(first, key=list(Group).index)
    assert IN_MATRIX_ORDER[0].name == "GetMedia"
    assert len(IN_MATRIX_ORDER) == 46
