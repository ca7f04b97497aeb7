"""Roles that other accounts assume: a vendor with an external ID, the same vendor without, bridges between accounts."""

from app.demo.documents import allow, kvs, policy, trust_aws, trust_external
from app.demo.nouns import Role

VENDOR = "620914387751"
"""Brightlens, who maintains the cameras: an account outside the organization."""
VENDOR_EXTERNAL_ID = "brightlens-7741"
CONTRACTOR = "512233480096"
"""A contractor whose account nobody of the organization can read."""
_MEDIA = ("GetMedia", "GetHLSStreamingSessionURL", "GetDataEndpoint", "DescribeStream", "ListStreams")


def vendor_roles() -> tuple[Role, ...]:
    """Return the vendor's role of today and the one that was meant to be removed."""
    root = f"arn:aws:iam::{VENDOR}:root"
    return (
        Role(
            "VendorSupport",
            trust_external(root, VENDOR_EXTERNAL_ID),
            inline={"support": policy(kvs(*_MEDIA))},
            last_used_days=6,
        ),
        Role(
            "VendorSupportOld",
            trust_aws(root),
            inline={"support": policy(kvs(*_MEDIA, "GetClip"))},
            last_used_days=380,
            age_days=1500,
        ),
    )


def bridge_role(target_arn: str) -> Role:
    """Return the role that a contractor enters by, to go on into another account."""
    return Role(
        "BridgeRole",
        trust_aws(f"arn:aws:iam::{CONTRACTOR}:role/DataLab"),
        inline={"onward": policy(allow("sts:AssumeRole", on=target_arn), kvs("ListStreams"))},
        last_used_days=1,
    )


def archive_reader(bridge_account: str) -> Role:
    """Return the role that reads archived footage for another account."""
    granted = policy(
        kvs("GetClip", "ListFragments", "GetDataEndpoint", "GetMediaForFragmentList", "GetImages"),
        kvs("ListStreams", "DescribeStream"),
    )
    return Role(
        "ArchiveReader", trust_aws(f"arn:aws:iam::{bridge_account}:role/BridgeRole"), inline={"archive": granted}
    )


def forensics_reader(account: str) -> Role:
    """Return the role of investigations, open to everybody in its account who may assume roles."""
    granted = policy(kvs("GetMedia", "GetClip", "GetDataEndpoint", "ListFragments", "ListStreams", "DescribeStream"))
    return Role("ForensicsReader", trust_aws(f"arn:aws:iam::{account}:root"), inline={"read": granted})
