"""Generated policies, and accounts with them: what the tests of evaluators are checked against."""

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from app.core.model.organization import Organization, OrganizationAccount, TargetPolicies
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Principal, PrincipalKind
from app.core.model.snapshot import Snapshot
from tests.builders.iam import (
    ACCOUNT,
    CAMERA,
    CHANNEL,
    NO_TAGS_FROM_SESSION,
    OTHER_CAMERA,
    ROLE,
    TRUSTS_DEVICES,
    allow,
    document,
    organization,
    role,
    snapshot,
    stream,
)

HEAD = f"arn:aws:kinesisvideo:*:{ACCOUNT}:"
FULL = document(allow("*"), name="FullAWSAccess", kind=PolicyKind.SCP)
GENERATED = settings(max_examples=40)

# ---------------------------------------------------------------- statements
_SITES = ["north", "south", "North", "n*", "${aws:PrincipalTag/site}", "${aws:PrincipalTag/site, 'north'}", "${*}"]
_TEXTS = [*_SITES, "${credentials-iot:ThingName}", "${aws:ResourceTag/site}", "${aws:username}", "ann", "AIDAANN", ""]
_TEXT_KEYS = [
    "aws:ResourceTag/site",
    "aws:resourcetag/Site",
    "aws:PrincipalTag/site",
    "aws:PrincipalTag/team",
    "aws:SourceVpc",
    "credentials-iot:ThingName",
    "aws:username",
    "aws:userid",
    "aws:TagKeys",
]
_ARNS = [ROLE, f"arn:aws:iam::{ACCOUNT}:role/*", f"arn:aws:iam::{ACCOUNT}:user/ann", "arn:*:iam::*:*/viewer*", "x"]
_ORGANIZATIONS = ["o-a1", "o-b2", "o-*", "${aws:ResourceOrgID}"]
_REGIONS = ["eu-central-1", "us-east-1", "eu-*", "${aws:PrincipalTag/site}"]
_RANGES = ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "no address"]
_DATES = ["2020-01-01T00:00:00Z", "2026-11-23", "1800000000", "no date"]
_OF_TEXTS = [
    f"String{negation}{comparing}" for negation in ("", "Not") for comparing in ("Equals", "Like", "EqualsIgnoreCase")
]
_OF_ORDER = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
_FAMILIES: list[tuple[list[str], list[str], list[str]]] = [
    (_OF_TEXTS, _TEXT_KEYS, _TEXTS),
    (_OF_TEXTS, _TEXT_KEYS, _SITES),
    (_OF_TEXTS, ["aws:PrincipalArn"], _ARNS),
    (_OF_TEXTS, ["aws:PrincipalOrgID", "aws:ResourceOrgID"], _ORGANIZATIONS),
    (_OF_TEXTS, ["aws:RequestedRegion", "AWS:requestedregion"], _REGIONS),
    (_OF_TEXTS, ["aws:PrincipalAccount", "aws:ResourceAccount"], [str(ACCOUNT), "444455556666", "*"]),
    (["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"], ["aws:PrincipalArn", "aws:SourceArn"], _ARNS),
    (["IpAddress", "NotIpAddress"], ["aws:SourceIp"], _RANGES),
    ([f"Date{order}" for order in _OF_ORDER], ["aws:CurrentTime"], _DATES),
    ([f"Numeric{order}" for order in _OF_ORDER], ["aws:MultiFactorAuthAge"], ["300", "3600", "-1.5", "no number"]),
    (["Bool"], ["aws:MultiFactorAuthPresent", "aws:PrincipalIsAWSService"], ["true", "False", "maybe"]),
    (["BinaryEquals"], ["aws:SourceVpc"], ["bm9ydGg=", "no base64"]),
    (["Null"], [*_TEXT_KEYS, "aws:MultiFactorAuthPresent", "aws:SourceIp"], ["true", "false", "maybe"]),
]
_PREFIXES = st.sampled_from(["", "", "", "ForAnyValue:", "ForAllValues:", "forallvalues:"])
_SUFFIXES = st.sampled_from(["", "", "IfExists"])


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, dict[str, list[str]]]:
    """A Condition element of up to three operators, each of one key of its kind, with one or two values."""
    found: dict[str, dict[str, list[str]]] = {}
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 3]))):
        operators, keys, values = draw(st.sampled_from(_FAMILIES))
        operator = draw(st.sampled_from(operators))
        if operator != "Null":
            operator = f"{draw(_PREFIXES)}{operator}{draw(_SUFFIXES)}"
        key = draw(st.sampled_from(keys))
        found.setdefault(operator, {})[key] = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
    return found


PATTERNS = st.sampled_from(
    [
        "*",
        f"{HEAD}stream/*",
        f"{HEAD}stream/north-*",
        f"{HEAD}stream/north-cam-?/*",
        f"{HEAD}*cam*0*1",
        "arn:aws:kinesisvideo:eu-*",
        "arn:*:stream/*",
        f"arn:aws:kinesisvideo:*:{ACCOUNT}",
        f"{HEAD}*/${{aws:PrincipalTag/site}}-*/*",
        f"{HEAD}*/${{aws:PrincipalTag/site, 'south'}}-*/*",
        f"{HEAD}stream/${{aws:username}}-*/*",
        f"{HEAD}stream/${{aws:ResourceTag/site}}-*",
        f"{HEAD}stream/${{credentials-iot:ThingName}}/*",
        CAMERA,
        CHANNEL,
    ]
)
NAMED = st.sampled_from(
    [
        "*",
        "kinesisvideo:*",
        "kinesisvideo:Get*",
        "kinesisvideo:GetMedia",
        "KinesisVideo:getmedia",
        "kinesisvideo:List*",
        "kinesisvideo:ConnectAs*",
        "kinesisvideo:??tMedia",
        "s3:*",
    ]
)
EFFECTS = st.sampled_from(["Allow", "Allow", "Deny"])


@st.composite
def statements(draw: st.DrawFn, effects: st.SearchStrategy[str] = EFFECTS) -> dict[str, Any]:
    """A statement of any kind but of those that name principals."""
    found: dict[str, Any] = {
        "Effect": draw(effects),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(st.lists(NAMED, min_size=1, max_size=2)),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(
            st.lists(PATTERNS, min_size=1, max_size=3)
        ),
    }
    condition = draw(conditions())
    return {**found, "Condition": condition} if condition else found


STATEMENTS = statements()
DOCUMENTS = st.lists(STATEMENTS, min_size=1, max_size=3)
_WHOM = st.sampled_from(
    [
        {"Principal": "*"},
        {"Principal": {"AWS": str(ACCOUNT)}},
        {"Principal": {"AWS": [ROLE, f"arn:aws:iam::{ACCOUNT}:user/ann"]}},
        {"NotPrincipal": {"AWS": ROLE}},
        {},
    ]
)
_OWN_STREAM = allow("kinesisvideo:*", f"{HEAD}*/${{credentials-iot:ThingName}}/*")


@st.composite
def policies(draw: st.DrawFn, kind: PolicyKind, name: str) -> PolicyDocument:
    """A policy of one kind, now and then of the version without variables; few do not parse.

    Every other one also allows a lot: where many layers have to allow, little would be allowed else.
    """
    own = [*draw(st.sampled_from([[], [allow("*")], [_OWN_STREAM, allow("kinesisvideo:Get*")]])), *draw(DOCUMENTS)]
    if kind is PolicyKind.RCP:
        own = [{**one, **draw(_WHOM)} for one in own]
    made = document(*own, name=name, kind=kind)
    broken = '{"Statement": [{"Effect": "Maybe"}]}'
    texts = [made.document] * 8 + [made.document.replace("2012-10-17", "2008-10-17")] * 2 + [broken]
    return replace(made, document=draw(st.sampled_from(texts)))


# ---------------------------------------------------------------- principals
_TAGGED_SESSIONS = replace(
    NO_TAGS_FROM_SESSION,
    document=NO_TAGS_FROM_SESSION.document.replace('"sts:AssumeRole"', '["sts:AssumeRole", "sts:TagSession"]'),
)
_TAGS = st.sampled_from(
    [(), (("site", "north"),), (("site", "south"),), (("Site", "n*"), ("team", "north")), (("site", ""),)]
)
_LINKED = "/aws-service-role/kinesisvideo.amazonaws.com/"
_GROUPS = ("watchers", "keepers")


def _user(**changes: Any) -> Principal:
    own = {"arn": f"arn:aws:iam::{ACCOUNT}:user/ann", "kind": PrincipalKind.USER, "name": "ann", "unique_id": "AIDAANN"}
    return role(**own, trust=None, **changes)


def _kinds() -> list[Principal]:
    """One principal of each kind: what decides on it beside its policies is different."""
    iam = f"arn:aws:iam::{ACCOUNT}:"
    return [
        role(),
        role(arn=f"{iam}role/ops/viewer-2", name="viewer-2", path="/ops/", trust=_TAGGED_SESSIONS),
        role(arn=f"{iam}role/camera", name="camera", trust=TRUSTS_DEVICES),
        role(arn=f"{iam}role/unknown", name="unknown", trust=None),
        role(arn=f"{iam}role{_LINKED}AWSServiceRoleForX", name="AWSServiceRoleForX", path=_LINKED),
        _user(),
        role(arn=f"{iam}user/north", kind=PrincipalKind.USER, name="north", unique_id="AIDANORTH", trust=None),
        role(arn=f"{iam}root", kind=PrincipalKind.ROOT, name="root", trust=None),
    ]


CALLERS = st.builds(
    lambda one, tags: replace(one, tags=tags),
    st.sampled_from([one for one in _kinds() if one.kind is not PrincipalKind.ROOT]),
    _TAGS,
)
"""Callers who may do what their policies say."""


@st.composite
def _principals(draw: st.DrawFn, managed: list[str], boundaries: list[str]) -> tuple[Principal, ...]:
    """Two to four principals that can call, most of which carry the same policies, and the groups of the users."""
    texts = draw(st.lists(policies(PolicyKind.INLINE, "own"), min_size=1, max_size=2))
    carried = st.lists(st.sampled_from(managed), unique=True, max_size=len(managed))
    inline = st.lists(st.sampled_from(texts), max_size=1).map(tuple)
    found = []
    for one in draw(st.lists(st.sampled_from(_kinds()), min_size=2, max_size=4, unique_by=lambda one: one.arn)):
        is_user, is_role = one.kind is PrincipalKind.USER, one.kind is PrincipalKind.ROLE
        found.append(
            replace(
                one,
                tags=draw(_TAGS),
                inline=draw(inline) if is_user or is_role else (),
                attached=tuple(draw(carried)) if is_user or is_role else (),
                boundary=draw(st.sampled_from([None, None, *boundaries])) if is_user or is_role else None,
                groups=draw(st.sampled_from([(), _GROUPS[:1], _GROUPS, (*_GROUPS, "gone")])) if is_user else (),
            )
        )
    groups = (
        role(
            arn=f"arn:aws:iam::{ACCOUNT}:group/{name}",
            kind=PrincipalKind.GROUP,
            name=name,
            inline=draw(inline),
            attached=tuple(draw(carried)),
            trust=None,
        )
        for name in _GROUPS
    )
    return (*found, *groups)


# ---------------------------------------------------------------- accounts
_PATH = ("r-1", "ou-1", str(ACCOUNT))
_STREAMS = (CAMERA, OTHER_CAMERA, CHANNEL, CAMERA.replace("cam-1", "cam-10"), CAMERA.replace("north", "ann"))
STREAM_TAGS = st.sampled_from([None, (), (("site", "north"),), (("Site", "n*"),), (("site", "south"), ("team", "a"))])
"""The tags of a stream; None where they could not be read."""


@st.composite
def _organizations(draw: st.DrawFn) -> Organization | None:
    """None, one that binds nothing, and ones with policies on up to three levels, of which one may not be read."""
    kind = draw(st.sampled_from(["none", "plain", "management", "stranger", "scps", "scps", "rcps", "both", "both"]))
    if kind == "none":
        return None
    if kind == "plain":
        return organization()
    some_scps = st.lists(policies(PolicyKind.SCP, "guard"), max_size=1).map(lambda own: (FULL, *own))
    own_scps = st.one_of(some_scps, some_scps, st.lists(policies(PolicyKind.SCP, "list"), max_size=2).map(tuple))
    rcps = st.lists(policies(PolicyKind.RCP, "perimeter"), max_size=1).map(tuple)
    targets = tuple(
        TargetPolicies(target, () if kind == "rcps" else draw(own_scps), () if kind == "scps" else draw(rcps))
        for target in _PATH
    )
    made = replace(
        organization((_PATH[0], ()), rcps=(FULL,)),
        accounts=(OrganizationAccount(ACCOUNT, "lab", "ACTIVE", _PATH),),
        targets=tuple(one for one in targets if one.target != draw(st.sampled_from([None, None, *_PATH]))),
        policy_types=(
            *(("SERVICE_CONTROL_POLICY",) if kind != "rcps" else ()),
            *(("RESOURCE_CONTROL_POLICY",) if kind != "scps" else ()),
        ),
    )
    if kind == "management":
        return replace(made, management_account=ACCOUNT)
    return replace(made, accounts=()) if kind == "stranger" else made


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """An account of two to four callers of different kinds, under policies of all kinds."""
    managed = [draw(policies(PolicyKind.MANAGED, f"shared-{number}")) for number in range(2)]
    boundaries = [draw(policies(PolicyKind.BOUNDARY, f"limits-{number}")) for number in range(2)]
    gone = draw(st.sampled_from([[], [], [], ["arn:gone"]]))
    arns = [[one.arn or "" for one in found] for found in (managed, boundaries)]
    return snapshot(
        *draw(_principals([*arns[0], *gone], [*arns[1], *gone])),
        policies=(*managed, *boundaries),
        streams=tuple(stream(arn, draw(STREAM_TAGS)) for arn in draw(st.permutations(_STREAMS))),
        organization=draw(_organizations()),
    )
