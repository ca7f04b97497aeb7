"""IAM: each call asks for one thing at most, or for something that is not there."""

from typing import Any

from app.aws.collectors._collector import Reach
from app.aws.errors import NotThere
from app.aws.pages import items
from app.aws.probes._probe import NOBODY, Asking, NothingToAsk, Probes

_MOST_USERS = 20
"""Users who are asked for a key before it is given up."""


def _details(asking: Asking) -> object:
    return asking.call("iam", "get_account_authorization_details", MaxItems=1)


def _policy(asking: Asking) -> object:
    return asking.call("iam", "get_policy", PolicyArn=_some_policy(asking))


def _policy_version(asking: Asking) -> object:
    return asking.call("iam", "get_policy_version", PolicyArn=_some_policy(asking), VersionId="v1")


def _some_policy(asking: Asking) -> str:
    return f"arn:{asking.session.account.partition}:iam::aws:policy/ReadOnlyAccess"


def _access_keys(asking: Asking) -> object:
    return asking.call("iam", "list_access_keys", UserName=NOBODY)


def _last_use(asking: Asking) -> object:
    """Ask about a real key: AWS does not say what it answers about one that the account does not have."""
    key = asking.once("key", lambda: _some_key(asking), None)
    if key is None:
        raise NothingToAsk(f"no access key could be found to ask about, with the first {_MOST_USERS} users")
    return asking.call("iam", "get_access_key_last_used", AccessKeyId=key)


def _some_key(asking: Asking) -> str | None:
    users = asking.call("iam", "list_users", MaxItems=_MOST_USERS).get("Users", ())
    for user in users[:_MOST_USERS]:
        if found := _keys(asking, user["UserName"]):
            return str(found[0]["AccessKeyId"])
    return None


def _keys(asking: Asking, user: str) -> list[dict[str, Any]]:
    try:
        return items(asking.session, "iam", "list_access_keys", "AccessKeyMetadata", asking.region, UserName=user)
    except NotThere:
        return []


PROBES = Probes(
    Reach.GLOBAL,
    {
        "iam:GetAccountAuthorizationDetails": _details,
        "iam:GetPolicy": _policy,
        "iam:GetPolicyVersion": _policy_version,
        "iam:GenerateCredentialReport": lambda asking: asking.call("iam", "generate_credential_report"),
        "iam:GetCredentialReport": lambda asking: asking.call("iam", "get_credential_report"),
        "iam:ListUsers": lambda asking: asking.call("iam", "list_users", MaxItems=1),
        "iam:ListAccessKeys": _access_keys,
        "iam:GetAccessKeyLastUsed": _last_use,
    },
)
