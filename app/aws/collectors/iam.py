"""IAM: principals with their policies, in one listing.

Source: IAM API Reference, GetAccountAuthorizationDetails.
"""

from collections import defaultdict
from typing import Any

from app.aws.collectors._collector import Calls, Collector, PartReader, Reach
from app.aws.errors import NotThere
from app.aws.pages import pages
from app.core.normalise import iam as normalise

_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def authorization_details(calls: Calls, _needed: Any) -> dict[str, list[Any]]:
    """Return the four lists of GetAccountAuthorizationDetails over all pages; pages may be short or empty."""
    found: dict[str, list[Any]] = defaultdict(list)
    for page in pages(calls.session, "iam", "get_account_authorization_details", calls.region, MaxItems=1000):
        for name in _LISTS:
            found[name] += page.get(name, ())
    return dict(found)


def missing_policies(calls: Calls, needed: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the policies that someone carries but the listing left out, each with its default version.

    A boundary may be attached to nobody, and AWS does not promise to list it: without its document a boundary would
    look like none.
    """
    found = []
    for arn in normalise.unlisted_policies(needed):
        try:
            policy = calls.call("iam", "get_policy", PolicyArn=arn)["Policy"]
            version = calls.call("iam", "get_policy_version", PolicyArn=arn, VersionId=policy["DefaultVersionId"])
        except NotThere:
            # Deleted since the listing; who carried it is read again at the next poll.
            continue
        found.append({"Policy": policy, "PolicyVersion": version["PolicyVersion"]})
    return found


COLLECTOR = Collector(
    title="IAM: users, groups, roles and policies",
    reach=Reach.GLOBAL,
    parts=(
        PartReader("iam", ("iam:GetAccountAuthorizationDetails",), authorization_details, normalise.iam),
        PartReader(
            "managed_policies",
            ("iam:GetPolicy", "iam:GetPolicyVersion"),
            missing_policies,
            normalise.managed_policies,
            needs="iam",
        ),
    ),
)
