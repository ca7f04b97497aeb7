"""What a check sees of a record: what AWS itself wrote. Nothing here is text that a caller chose."""

from typing import NamedTuple


class SeenCall(NamedTuple):
    """One KVS call. Calls that look alike get the same answers, so that each look is judged once a file."""

    action: str
    source: str
    is_data: bool | None
    is_read_only: bool | None
    error: str | None
    """errorCode; None: it went through."""
    says_unauthorized: bool
    """Whether errorMessage says that the caller is not authorized."""
    identity: str
    """userIdentity.type, "" where there is none."""
    key: str
    """The first four letters of the access key, "" without one."""
    has_session: bool
    """Whether userIdentity has a sessionContext with attributes: the key was issued to a session."""
    is_service_role: bool
    """Whether the role is a service-linked one."""
    is_invoked: bool
    """Whether an AWS service is named by which the call was made for somebody (invokedBy)."""
    provider: str
    """Who federated the session (webIdFederationData.federatedProvider), "" where nobody did."""
    has_subject: bool
    """Whether the record says whom that provider vouched for."""
    names_resource: bool
    """Whether resources[] has a stream or channel with its ARN."""
    names_stream: bool
    """Whether the record names one anywhere: resources[], request or response."""
    outlived: bool
    """Whether a call that may last is stamped later than its session's credentials can have begun it."""
    names: tuple[str, ...] | None
    """The names of a reading call's parameters as they are spelled, nested ones with dots; None: it has none."""
    times: bool | None
    """Whether each time that a reading call asks for could be read; None: it asks for none."""


class SeenSession(NamedTuple):
    """One AssumeRole* call."""

    action: str
    service: str
    """The AWS service that asked for the session, "" when somebody else did."""
    is_refused: bool
    has_name: bool
    is_hexadecimal: bool
    """Whether a session that a service asked for is named by 64 hexadecimal digits."""
    is_of_identity_center: bool
    """Whether the role is one of IAM Identity Center, and its user signed in by SAML."""
    is_named_by_user: bool
    """Whether such a session has the name of its user."""
