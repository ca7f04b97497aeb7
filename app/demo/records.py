"""CloudTrail records (version 1.11) of the calls that the stories tell.

Source: CloudTrail User Guide, "CloudTrail record contents"; IAM User Guide, "Logging IAM and AWS STS API calls".
No public record of a Kinesis Video data event is known: their fields are inferred from the service's API. Every record
says in `additionalEventData` that it is emulated, those of an undocumented shape also that it is inferred: whatever
reads them must not take them for AWS's.
"""

from datetime import UTC, datetime
from typing import Any

from app.core.ledger.emulated import MARK
from app.demo.actors import COMMAND_LINE, Actor, Session, iso
from app.demo.happening import Happening, encode
from app.demo.identifiers import digest

EMULATED = {MARK: "emulated"}
INFERRED = {MARK: "emulated; the shape of this record is inferred, not documented by AWS"}
_STREAM_TYPE, _CHANNEL_TYPE = "AWS::KinesisVideo::Stream", "AWS::KinesisVideo::SignalingChannel"
_CHANNEL_ACTIONS = frozenset(
    {
        "ConnectAsMaster",
        "ConnectAsViewer",
        "GetIceServerConfig",
        "SendAlexaOfferToMaster",
        "JoinStorageSession",
        "JoinStorageSessionAsViewer",
    }
)
DATA_ACTIONS = frozenset(
    {
        "PutMedia",
        "GetMedia",
        "GetMediaForFragmentList",
        "ListFragments",
        "GetHLSStreamingSessionURL",
        "GetDASHStreamingSessionURL",
        "GetClip",
        "GetImages",
        *_CHANNEL_ACTIONS,
    }
)
_DOCUMENTED = frozenset(
    {
        "CreateStream",
        "DeleteStream",
        "DescribeStream",
        "GetDataEndpoint",
        "ListStreams",
        "ListTagsForStream",
        "TagStream",
        "UntagStream",
        "UpdateDataRetention",
        "UpdateStream",
        "CreateSignalingChannel",
        "DeleteSignalingChannel",
        "DescribeSignalingChannel",
        "GetSignalingChannelEndpoint",
        "ListSignalingChannels",
        "ListTagsForResource",
        "TagResource",
        "UntagResource",
        "UpdateSignalingChannel",
    }
)
_READS = ("Get", "List", "Describe", "Lookup", "Head", "Decrypt", "AssumeRole", "Search")
_DENIED = "AccessDenied"
GLOBAL_REGION = "us-east-1"


def video_call(
    actor: Actor,
    at: int,
    action: str,
    arn: str | None,
    *,
    params: dict[str, Any] | None = None,
    region: str | None = None,
    denied: bool = False,
    response: dict[str, Any] | None = None,
    by_arn: bool = False,
) -> Happening:
    """Return a call of Kinesis Video Streams on the stream or channel `arn` (None: ListStreams and its like).

    Callers name streams by name or by ARN; `by_arn` chooses. The region is the ARN's unless there is none.
    """
    parts = arn.split(":", 5) if arn else []
    name = parts[5].split("/")[1] if arn else None
    is_channel = bool(arn) and parts[5].startswith("channel/")
    request: dict[str, Any] = {}
    if arn and is_channel:
        request["channelARN"] = arn
    elif arn:
        request |= {"streamARN": arn} if by_arn else {"streamName": name}
    request |= params or {}
    is_data = action in DATA_ACTIONS
    account = parts[4] if arn else actor.account
    where = parts[3] if arn else str(region)
    host = f"{'s-' + digest('host', arn, size=4).hex() + '.' if is_data else ''}kinesisvideo.{where}.amazonaws.com"
    message = None
    if denied:
        message = (
            f"User: {actor.arn} is not authorized to perform: kinesisvideo:{action} on resource: {arn or '*'} "
            f"because no identity-based policy allows the kinesisvideo:{action} action"
        )
    return happening(
        actor,
        at,
        "kinesisvideo.amazonaws.com",
        action,
        where,
        account=account,
        request=request or None,
        response=None if denied else response,
        error=_DENIED if denied else None,
        message=message,
        is_data=is_data,
        resource=(_CHANNEL_TYPE if is_channel else _STREAM_TYPE, str(arn)) if is_data else None,
        stream=name,
        host=host,
        is_inferred=action not in _DOCUMENTED,
    )


def endpoint(actor: Actor, at: int, arn: str, api: str, *, denied: bool = False) -> Happening:
    """Return the GetDataEndpoint before a media call; `api` is its APIName, which CloudTrail writes aPIName."""
    return video_call(actor, at, "GetDataEndpoint", arn, params={"aPIName": api}, denied=denied)


def other_call(
    actor: Actor,
    at: int,
    service: str,
    action: str,
    region: str,
    *,
    request: dict[str, Any] | None = None,
    response: dict[str, Any] | None = None,
    denied: bool = False,
    resource: tuple[str, str] | None = None,
    account: str | None = None,
) -> Happening:
    """Return a management call of any other service."""
    message = f"User: {actor.arn} is not authorized to perform: {service}:{action}" if denied else None
    return happening(
        actor,
        at,
        f"{service}.amazonaws.com",
        action,
        region,
        account=account or actor.account,
        request=request,
        response=None if denied else response,
        error=_DENIED if denied else None,
        message=message,
        resource=resource,
        host=None if actor.identity.get("type") == "AWSService" else f"{service}.{region}.amazonaws.com",
    )


def assume_role(
    caller: Actor, issued: Session, at: int, region: str, *, more: dict[str, Any] | None = None
) -> tuple[Happening, ...]:
    """Return the AssumeRole records of a session: one, or one in each of two accounts.

    Across accounts the role's account sees only `AWSAccount` with the caller's number and unique ID; both records
    share one sharedEventID (IAM User Guide, "Logging IAM and AWS STS API calls").
    """
    request = {
        "roleArn": issued.role_arn,
        "roleSessionName": issued.name,
        "durationSeconds": issued.seconds,
        **(more or {}),
    }
    is_service = caller.identity.get("type") == "AWSService"
    shared = _guid(digest("shared", issued.access_key)) if caller.account != issued.account else None
    own = _issue(
        caller, issued, at, region, "AssumeRole", request, account=caller.account, shared=shared, is_inferred=is_service
    )
    if shared is None:
        return (own,)
    seen = {"type": "AWSAccount", "principalId": caller.identity.get("principalId"), "accountId": caller.account}
    stranger = Actor(caller.account, seen, caller.address, caller.agent)
    return own, _issue(stranger, issued, at, region, "AssumeRole", request, account=issued.account, shared=shared)


def foreign_assume_role(
    caller_account: str,
    caller_id: str,
    issued: Session,
    at: int,
    region: str,
    address: str,
    *,
    external_id: str | None = None,
) -> Happening:
    """Return the one record that an organization sees when a stranger's account assumes its role."""
    seen = {"type": "AWSAccount", "principalId": caller_id, "accountId": caller_account}
    stranger = Actor(caller_account, seen, address, COMMAND_LINE)
    request: dict[str, Any] = {
        "roleArn": issued.role_arn,
        "roleSessionName": issued.name,
        "durationSeconds": issued.seconds,
    }
    if external_id is not None:
        request["externalId"] = external_id
    shared = _guid(digest("shared", issued.access_key))
    return _issue(stranger, issued, at, region, "AssumeRole", request, account=issued.account, shared=shared)


def sign_on(issued: Session, at: int, address: str, region: str = "eu-central-1") -> Happening:
    """Return the AssumeRoleWithSAML record of a session through IAM Identity Center."""
    provider = f"arn:aws:iam::{issued.account}:saml-provider/AWSSSO_5f1c29d0b7e3a846_DO_NOT_DELETE"
    identity = {
        "type": "SAMLUser",
        "principalId": f"{digest('saml', issued.account).hex()[:24]}:{issued.name}",
        "userName": issued.name,
        "identityProvider": digest("saml", issued.account).hex()[:24],
    }
    request = {
        "sAMLAssertionID": f"_{_guid(digest('assertion', issued.access_key))}",
        "roleSessionName": issued.name,
        "durationSeconds": issued.seconds,
        "roleArn": issued.role_arn,
        "principalArn": provider,
    }
    caller = Actor(issued.account, identity, address, "aws-internal/3")
    return _issue(caller, issued, at, region, "AssumeRoleWithSAML", request, account=issued.account, is_anonymous=True)


def web_identity(
    issued: Session, at: int, region: str, *, subject: str, provider: str, address: str, agent: str
) -> Happening:
    """Return the AssumeRoleWithWebIdentity record of a pipeline's or an app user's session."""
    identity = {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }
    request = {"roleArn": issued.role_arn, "roleSessionName": issued.name, "durationSeconds": issued.seconds}
    caller = Actor(issued.account, identity, address, agent)
    return _issue(
        caller,
        issued,
        at,
        region,
        "AssumeRoleWithWebIdentity",
        request,
        account=issued.account,
        is_anonymous=True,
        more={"subjectFromWebIdentityToken": subject, "provider": provider},
    )


def happening(
    actor: Actor,
    at: int,
    source: str,
    action: str,
    region: str,
    *,
    account: str,
    request: dict[str, Any] | None,
    response: dict[str, Any] | None,
    error: str | None = None,
    message: str | None = None,
    is_data: bool = False,
    is_read_only: bool | None = None,
    resource: tuple[str, str] | None = None,
    stream: str | None = None,
    host: str | None = None,
    shared: str | None = None,
    is_inferred: bool = False,
    nonce: str = "",
) -> Happening:
    """Return one record, its members in CloudTrail's order. Its identifiers depend on what it says (and `nonce`)."""
    reads = action.startswith(_READS) if is_read_only is None else is_read_only
    ids = digest(account, region, at, action, actor.access_key, actor.address, stream, request, nonce, size=32)
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": actor.identity,
        "eventTime": iso(at),
        "eventSource": source,
        "eventName": action,
        "awsRegion": region,
        "sourceIPAddress": actor.address,
        "userAgent": actor.agent,
    }
    if error is not None:
        record |= {"errorCode": error, "errorMessage": message}
    record |= {"requestParameters": request, "responseElements": response}
    record |= {
        "additionalEventData": INFERRED if is_inferred else EMULATED,
        "requestID": _guid(ids[:16]),
        "eventID": _guid(ids[16:]),
        "readOnly": reads,
    }
    if resource is not None:
        record["resources"] = [{"accountId": account, "type": resource[0], "ARN": resource[1]}]
    record |= {"eventType": "AwsApiCall", "managementEvent": not is_data, "recipientAccountId": account}
    if shared is not None:
        record["sharedEventID"] = shared
    record["eventCategory"] = "Data" if is_data else "Management"
    if host is not None:
        record["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": host,
        }
    kind, arn = resource or (None, None)
    return Happening(at, account, region, action, is_data, reads, kind, arn, stream, actor.arn, encode(record))


def _issue(
    caller: Actor,
    issued: Session,
    at: int,
    region: str,
    action: str,
    request: dict[str, Any],
    *,
    account: str,
    shared: str | None = None,
    is_inferred: bool = False,
    is_anonymous: bool = False,
    more: dict[str, Any] | None = None,
) -> Happening:
    """Return the record of an issued session: read-only, and with a response all the same."""
    response = {
        "credentials": {
            "accessKeyId": issued.access_key,
            "sessionToken": "<emulated>",
            "expiration": _expiration(at + issued.seconds),
        },
        "assumedRoleUser": {
            "assumedRoleId": f"{issued.role_id}:{issued.name}",
            "arn": f"arn:aws:sts::{issued.account}:assumed-role/{issued.role}/{issued.name}",
        },
        **(more or {}),
    }
    is_service = caller.identity.get("type") == "AWSService"
    return happening(
        caller,
        at,
        "sts.amazonaws.com",
        action,
        region,
        account=account,
        request=request,
        response=response,
        is_read_only=True,
        resource=("AWS::IAM::Role", issued.role_arn),
        host=None if is_service or is_anonymous else f"sts.{region}.amazonaws.com",
        shared=shared,
        is_inferred=is_inferred,
    )


def _expiration(at: int) -> str:
    """Return AWS's free-text form: `Jul 18, 2023, 4:07:39 PM`, neither day nor hour padded."""
    moment = datetime.fromtimestamp(at, UTC)
    hour = moment.hour % 12 or 12
    return f"{moment:%b} {moment.day}, {moment.year}, {hour}:{moment:%M:%S %p}"


def _guid(raw: bytes) -> str:
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"
