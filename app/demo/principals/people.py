"""People who look at video, through single sign-on or as roles that they hand on."""

from app.demo.documents import kvs, policy, stream_arn, trust_aws
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


def ward_shifts(account: str) -> tuple[Role, ...]:
    """Return two roles of the wards' night shift, each of which may be taken on by whoever has the other."""
    names = ("NightShiftLead", "NightShiftDeputy")
    lead, deputy = (f"arn:aws:iam::{account}:role/{name}" for name in names)
    watch = policy(kvs("GetMedia", "GetDataEndpoint", on=stream_arn(account, "ward-*")))
    return (
        Role(names[0], trust_aws(deputy), inline={"watch": watch}, last_used_days=9),
        Role(names[1], trust_aws(lead), last_used_days=30),
    )
