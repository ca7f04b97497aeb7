"""Commands of the management account that attach a service control policy, and that take it away."""

from typing import Any

from app.core.arn import account_text
from app.core.rules.fix import FixText
from app.core.stopping.measure import Target
from app.core.stopping.paste import document, word


def create(name: str, policy_: dict[str, Any], target: Target) -> str:
    """Return the commands of the management account that attach an SCP to the target's account."""
    made = f"aws organizations create-policy --type SERVICE_CONTROL_POLICY --name {name} --description {name}"
    query = "--query Policy.PolicySummary.Id --output text"
    to = word(account_text(target.account)) if target.account is not None else "ACCOUNT-ID"
    return (
        f"id=$({made} \\\n  --content {document(policy_)} \\\n  {query}{target.home})\n"
        f'aws organizations attach-policy --policy-id "$id" --target-id {to}{target.home}'
    )


def take_away(name: str, target: Target) -> FixText:
    """Return the commands that detach such an SCP and delete it."""
    named = f"Policies[?Name=='{name}'].Id"
    look = f"aws organizations list-policies --filter SERVICE_CONTROL_POLICY --query {word(named)} --output text"
    to = word(account_text(target.account)) if target.account is not None else "ACCOUNT-ID"
    return FixText(
        "Undo",
        f"id=$({look}{target.home})\n"
        f'aws organizations detach-policy --policy-id "$id" --target-id {to}{target.home}\n'
        f'aws organizations delete-policy --policy-id "$id"{target.home}',
    )
