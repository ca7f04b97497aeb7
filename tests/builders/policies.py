"""Generated policies, and accounts with them: what the tests of evaluators are checked against."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from app.core.model.policy import PolicyKind
from app.core.model.snapshot import Snapshot
from tests.builders.iam import (
    ACCOUNT,
    CAMERA,
    CHANNEL,
    OTHER_CAMERA,
    allow,
    document,
    organization,
    role,
    snapshot,
    stream,
)

HEAD = f"arn:aws:kinesisvideo:*:{ACCOUNT}:"
FULL = document(allow("*"), name="FullAWSAccess", kind=PolicyKind.SCP)
VALUES = st.sampled_from(["north", "south", "n*", "${aws:PrincipalTag/site}", "${credentials-iot:ThingName}"])
KEYS = st.sampled_from(["aws:ResourceTag/site", "aws:PrincipalTag/site", "aws:SourceVpc", "credentials-iot:ThingName"])
OPERATORS = st.sampled_from(
    ["StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists", "ForAnyValue:StringEquals", "Null"]
)
PATTERNS = st.sampled_from(
    [
        "*",
        f"{HEAD}stream/*",
        f"{HEAD}stream/north-*",
        "arn:aws:kinesisvideo:eu-*",
        f"{HEAD}*/${{aws:PrincipalTag/site}}-*/*",
        f"{HEAD}stream/${{credentials-iot:ThingName}}/*",
    ]
)
NAMED = st.sampled_from(
    ["*", "kinesisvideo:*", "kinesisvideo:Get*", "kinesisvideo:GetMedia", "kinesisvideo:List*", "s3:*"]
)
CONDITIONS = st.dictionaries(OPERATORS, st.dictionaries(KEYS, VALUES, min_size=1, max_size=2), max_size=2)
STATEMENTS = st.builds(
    lambda effect, names, action, takes, resource, conditions: {
        "Effect": effect,
        names: action,
        takes: resource,
        **({"Condition": conditions} if conditions else {}),
    },
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from(["Action", "Action", "NotAction"]),
    st.lists(NAMED, min_size=1, max_size=2),
    st.sampled_from(["Resource", "Resource", "NotResource"]),
    st.lists(PATTERNS, min_size=1, max_size=2),
    CONDITIONS,
)
DOCUMENTS = st.lists(STATEMENTS, min_size=1, max_size=3)
TRUSTS = st.sampled_from([None, role().trust])
TAGS = st.sampled_from([None, (), (("site", "north"),), (("site", "n*"),)])
GENERATED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    boundary = draw(st.none() | DOCUMENTS)
    limits = document(*(boundary or ()), name="limits", kind=PolicyKind.BOUNDARY)
    principal = role(
        *draw(DOCUMENTS),
        boundary=limits.arn if boundary else None,
        trust=draw(TRUSTS),
        tags=draw(st.sampled_from([(), (("site", "north"),)])),
        attached=draw(st.sampled_from([(), (), (), ("arn:gone",)])),
    )
    scps = draw(st.none() | DOCUMENTS)
    organized = (
        organization(("r-1", (FULL,)), (str(ACCOUNT), (document(*scps, kind=PolicyKind.SCP),))) if scps else None
    )
    return snapshot(
        principal,
        policies=(limits,),
        streams=tuple(stream(arn, draw(TAGS)) for arn in (CAMERA, OTHER_CAMERA, CHANNEL)),
        organization=organized if scps else draw(st.sampled_from([organization(), None])),
    )
