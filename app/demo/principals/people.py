"""People who look at video, through single sign-on."""

from app.demo.documents import kvs, policy
from app.demo.nouns import Role
from app.demo.principals.baseline import sso_role


def video_analyst(account: str) -> Role:
    """Return the role of those who search archived footage."""
    granted = policy(
        kvs("GetMediaForFragmentList", "GetClip", "ListFragments", "GetDataEndpoint"),
        kvs("GetImages", "GetHLSStreamingSessionURL", "GetDASHStreamingSessionURL"),
        kvs("ListStreams", "DescribeStream", "ListTagsForStream"),
    )
    return sso_role(account, "VideoAnalyst", inline={"AwsSSOInlinePolicy": granted}, max_session_hours=8)


def control_room(account: str) -> Role:
    """Return the role of the guards who watch live."""
    granted = policy(kvs("GetMedia", "GetHLSStreamingSessionURL", "GetDataEndpoint", "ListStreams", "DescribeStream"))
    return sso_role(account, "ControlRoom", inline={"AwsSSOInlinePolicy": granted}, max_session_hours=12)
