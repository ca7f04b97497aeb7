"""IAM: the credential report and the users' access keys; every four hours, as often as AWS makes a new report.

Source: IAM User Guide, "Generate credential reports for your AWS account".
"""

from typing import Any

from app.aws.collectors._collector import Calls, Collector, PartReader, Reach
from app.aws.errors import NotThere, Unreachable
from app.core.normalise import iam as normalise

_PAUSES_S = (0.2, 0.5, 1, 2, 4, 8, 15, 30)


def credential_report(calls: Calls, _needed: Any) -> bytes:
    """Return the report's CSV; AWS makes it anew when the last one is older than four hours.

    Raises:
        Unreachable: it was not ready after a minute.
    """
    for pause_s in _PAUSES_S:
        if calls.call("iam", "generate_credential_report")["State"] == "COMPLETE":
            return bytes(calls.call("iam", "get_credential_report")["Content"])
        calls.wait(pause_s)
    raise Unreachable(f"iam:GenerateCredentialReport: the report was not ready after {sum(_PAUSES_S):.0f} s")


def access_keys(calls: Calls, _needed: Any) -> list[dict[str, Any]]:
    """Return {"UserArn", "Keys"} of every user, each key with its AccessKeyLastUsed.

    The whole part fails when only GetAccessKeyLastUsed does: a key without it would look never used.
    """
    users = calls.items("iam", "list_users", "Users")
    found = []
    for user in calls.each(users, "users"):
        try:
            keys = calls.items("iam", "list_access_keys", "AccessKeyMetadata", UserName=user["UserName"])
        except NotThere:
            # Deleted since the listing.
            continue
        found.append({"UserArn": user["Arn"], "Keys": [_with_last_use(calls, key) for key in keys]})
    return found


def _with_last_use(calls: Calls, key: dict[str, Any]) -> dict[str, Any]:
    used = calls.call("iam", "get_access_key_last_used", AccessKeyId=key["AccessKeyId"])
    return {**key, "AccessKeyLastUsed": used["AccessKeyLastUsed"]}


COLLECTOR = Collector(
    title="IAM: credential report and access keys",
    reach=Reach.GLOBAL,
    every_s=4 * 3600,
    parts=(
        PartReader(
            "credential_report",
            ("iam:GenerateCredentialReport", "iam:GetCredentialReport"),
            credential_report,
            normalise.credential_report,
        ),
        PartReader(
            "access_keys",
            ("iam:ListUsers", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"),
            access_keys,
            normalise.access_keys,
        ),
    ),
)
