"""A policy document and where it hangs. Parsing it is the business of `app.core.iam.parse`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PolicyKind(StrEnum):
    """The layers of AWS's policy evaluation (IAM User Guide, "Policy evaluation logic")."""

    INLINE = "inline"
    MANAGED = "managed"
    BOUNDARY = "boundary"
    SCP = "scp"
    RCP = "rcp"
    SESSION = "session"
    TRUST = "trust"
    RESOURCE = "resource"
    """Of a resource or a VPC endpoint. Kinesis Video Streams has none of its own."""


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """One document as AWS gave it, decoded from its URL encoding but not parsed.

    `arn` is None for inline and trust policies; `name` is then the policy's own name. `created_at` is when this version
    of a managed policy was made: of others IAM tells no time.
    """

    kind: PolicyKind
    name: str
    document: str
    arn: str | None = None
    version_id: str | None = None
    created_at: datetime | None = None
