"""The closed vocabulary of reasons: what decides, and what would have to change, each in one English sentence.

The same reasons stand on the page, at the command line and in exports.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.core.iam.evaluate import LayerKind


class ReasonCode(StrEnum):
    """Everything that can decide a cell."""

    DENIED = "denied"
    DENIED_IF = "denied_if"
    DENIED_UNLESS_INVALID = "denied_unless_invalid"
    ALLOWED = "allowed"
    ALLOWED_IF = "allowed_if"
    MORE_ALLOW = "more_allow"
    ROOT_USER = "root_user"
    NOTHING_ALLOWS = "nothing_allows"
    BOUNDARY_ALLOWS_NOT = "boundary_allows_not"
    SCP_ALLOWS_NOT = "scp_allows_not"
    SESSION_ALLOWS_NOT = "session_allows_not"
    ENDPOINT_ALLOWS_NOT = "endpoint_allows_not"
    CROSS_ACCOUNT = "cross_account"
    TRUST_ALLOWS_NOT = "trust_allows_not"
    NAMED_BY_TRUST = "named_by_trust"
    CONDITIONS_EXCLUDE = "conditions_exclude"
    UNREAD = "unread"
    WRONG_RESOURCE_TYPE = "wrong_resource_type"
    WILDCARD_READING = "wildcard_reading"


SENTENCES: dict[ReasonCode, str] = {
    ReasonCode.DENIED: "{place} denies the call{via}.",
    ReasonCode.DENIED_IF: "{place} denies the call{via} when its conditions hold on {keys}.",
    ReasonCode.DENIED_UNLESS_INVALID: (
        "{place} denies the call{via}, but {keys} may have no value, and AWS may take a statement with such a variable "
        "for invalid."
    ),
    ReasonCode.ALLOWED: "{place} allows the call{via}.",
    ReasonCode.ALLOWED_IF: "{place} allows the call{via} when its conditions hold on {keys}.",
    ReasonCode.MORE_ALLOW: "{layer} more statements there allow the call too.",
    ReasonCode.ROOT_USER: "The root user needs no identity policy.",
    ReasonCode.NOTHING_ALLOWS: "No identity policy of the principal allows the call.",
    ReasonCode.BOUNDARY_ALLOWS_NOT: "The permissions boundary {layer} does not allow the call.",
    ReasonCode.SCP_ALLOWS_NOT: "No service control policy on {layer} allows the call.",
    ReasonCode.SESSION_ALLOWS_NOT: "The session policy does not allow the call.",
    ReasonCode.ENDPOINT_ALLOWS_NOT: "The VPC endpoint policy does not allow the call.",
    ReasonCode.CROSS_ACCOUNT: "The resource is in another account and has no resource policy that allows the call.",
    ReasonCode.TRUST_ALLOWS_NOT: "The trust policy of {layer} does not let the principal in.",
    ReasonCode.NAMED_BY_TRUST: (
        "The trust policy names the principal, which is of the same account: no policy of its own has to allow."
    ),
    ReasonCode.CONDITIONS_EXCLUDE: "The conditions of these statements can never let the call through together.",
    ReasonCode.UNREAD: "Not known: {unread}.",
    ReasonCode.WRONG_RESOURCE_TYPE: "The action is not called on a resource of this type.",
    ReasonCode.WILDCARD_READING: (
        "This depends on {layer}: AWS's texts disagree on whether its * runs past the colon; here it does."
    ),
}
"""One sentence a reason; the names in braces are filled in."""

CHANGES: dict[ReasonCode, str] = {
    ReasonCode.DENIED: "To let the call through, this statement and every other that denies it has to leave it out.",
    ReasonCode.DENIED_IF: "It is let through where these conditions do not hold.",
    ReasonCode.DENIED_UNLESS_INVALID: (
        "To be sure of the deny, give the variable a default or deny requests without the key too."
    ),
    ReasonCode.ALLOWED: (
        "To keep the call out, all statements that allow it at this step have to leave it out, or one has to deny it."
    ),
    ReasonCode.ALLOWED_IF: "It is let through only where these conditions hold.",
    ReasonCode.MORE_ALLOW: "To keep the call out at this step, they have to leave it out too.",
    ReasonCode.ROOT_USER: "Only a service or resource control policy keeps the root user out.",
    ReasonCode.NOTHING_ALLOWS: "To let it through, a policy of the principal or of its groups has to allow it.",
    ReasonCode.BOUNDARY_ALLOWS_NOT: "To let it through, the boundary has to allow it too.",
    ReasonCode.SCP_ALLOWS_NOT: "To let it through, a policy attached there has to allow it.",
    ReasonCode.SESSION_ALLOWS_NOT: "To let it through, whoever assumes the role has to ask for a wider session.",
    ReasonCode.ENDPOINT_ALLOWS_NOT: "To let it through, the endpoint's policy has to allow it.",
    ReasonCode.CROSS_ACCOUNT: "To let it through, the caller has to assume a role of the resource's account.",
    ReasonCode.TRUST_ALLOWS_NOT: "To let it in, the trust policy has to name the principal or its account.",
    ReasonCode.NAMED_BY_TRUST: "To keep it out, the trust policy has to leave it out, or a policy has to deny it.",
    ReasonCode.CONDITIONS_EXCLUDE: "To let it through, one of these conditions has to change.",
    ReasonCode.UNREAD: "To know it, kvswatch has to be allowed to read this.",
    ReasonCode.WRONG_RESOURCE_TYPE: "Ask for a resource that the action is called on.",
    ReasonCode.WILDCARD_READING: "To be sure, write the pattern so that no * ends a part of the ARN before its last.",
}
"""What would have to change for another outcome, one sentence a reason."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. The fields behind `layer` are those of the statement that it speaks of, and else empty.

    `via` is the attachment: "inline", "attached", "group operators", "permissions boundary", "SCP on ou-ab12".
    `statement` counts from 0. `text` is the statement as it stands in the pretty-printed document from `first_line`
    on; `marked` are the numbers of the document's lines that match the call.
    """

    code: ReasonCode
    sentence: str
    layer: LayerKind | None = None
    policy: str | None = None
    policy_arn: str | None = None
    policy_version: str | None = None
    via: str | None = None
    statement: int | None = None
    sid: str | None = None
    text: str = ""
    first_line: int | None = None
    marked: tuple[int, ...] = ()
    condition_keys: tuple[str, ...] = ()

    @property
    def change(self) -> str:
        """What would have to change for another outcome."""
        return CHANGES[self.code]
