"""The organization called halden, as data: who is in it, what it films, and what of that it logs.

The same each time; `docs/demo.md` tells what happens in it.
"""

from collections.abc import Mapping
from dataclasses import replace

from app.core.model.account import AccountKind
from app.core.onboarding.roles import ROLE_NAMES
from app.demo import organization
from app.demo.documents import Document, allow, kvs, policy, stream_arn, trust_service
from app.demo.identifiers import digest
from app.demo.nouns import (
    Account,
    Bucket,
    Cast,
    Channel,
    Estate,
    IdentityPool,
    KmsKey,
    Role,
    RoleAlias,
    Stop,
    Stream,
    Trail,
)
from app.demo.principals import applications, fleets, leftovers, outsiders, people, scanner
from app.demo.principals.baseline import baseline

FRANKFURT, IRELAND, VIRGINIA = "eu-central-1", "eu-west-1", "us-east-1"
MANAGEMENT, ARCHIVE, TOOLING = "148803265917", "269930174852", "395518820463"
CAMS_EU, CAMS_US, CLINIC = "310045578826", "322198004471", "590817264433"
INTERCOM, ANALYTICS, PARTNER = "417730098245", "405561239087", "882913340076"
LEGACY, SANDBOX = "771400253968", "663204918570"
LOG_BUCKET = "halden-cloudtrail"
PARTNER_BUCKET = "partner-lab-cloudtrail"

_STREAM_DATA: Document = {
    "Name": "Video",
    "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::KinesisVideo::Stream"]},
    ],
}
_CHANNEL_DATA: Document = {
    "Name": "Signaling",
    "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::KinesisVideo::SignalingChannel"]},
    ],
}
_MANAGEMENT_EVENTS: Document = {
    "Name": "Management",
    "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
}


def estate(*, small: bool = False, policies: Mapping[str, Document] | None = None) -> Estate:
    """Return the organization; the small one has two member accounts with a handful of cameras each.

    `policies` are the scanner's own, by role name; what is not given is what kvswatch asks for.
    """
    accounts: tuple[Account, ...] = (_management(), _log_archive(), _cams_eu(), _clinic())
    if small:
        accounts = tuple(_shrunk(account) for account in accounts)
    else:
        accounts += (_cams_us(), _intercom(), _analytics(), _partner(), _legacy(), _sandbox())
    tooling = Account(TOOLING, "security-tooling", "member", "Infrastructure", (FRANKFURT,), in_organization=not small)
    made = Estate(
        organization_id="o-h4ld3n7k2q",
        root_id="r-h4ld",
        units=organization.UNITS,
        accounts=(*accounts, tooling),
        policies=organization.policies("o-h4ld3n7k2q"),
        external_id="kvswatch-" + digest("external id", size=12).hex(),
        poller_account=TOOLING,
    )
    granted = {**scanner.policies(PARTNER_BUCKET, LOG_BUCKET), **(policies or {})}
    return replace(made, accounts=tuple(_peopled(made, account, granted) for account in made.accounts))


def _peopled(made: Estate, account: Account, granted: Mapping[str, Document]) -> Account:
    """Return `account` with what every account has: the platform's principals and the scanner's roles."""
    names = {ROLE_NAMES[AccountKind.MEMBER], made.scanner_role(account).rsplit("/", 1)[-1]}
    own = tuple(scanner.scanner_role(name, granted[name], made.poller_arn, made.external_id) for name in sorted(names))
    cast = baseline(account.id, MANAGEMENT) + account.cast + Cast(roles=own)
    if account.id == made.poller_account:
        cast += scanner.poller(account.id, made.poller_user)
    return replace(account, cast=cast)


def _management() -> Account:
    trail = Trail(
        "halden-org-trail",
        MANAGEMENT,
        FRANKFURT,
        LOG_BUCKET,
        is_organization=True,
        selectors=(_MANAGEMENT_EVENTS,),
    )
    cast = Cast(
        roles=tuple(
            _service_role(name) for name in ("AccountFactory", "CostAndUsage", "StackSetAdministration", "TagPolicies")
        )
    )
    return Account(MANAGEMENT, "halden-management", "management", "", (FRANKFURT, VIRGINIA), cast=cast, trails=(trail,))


def _log_archive() -> Account:
    bucket = Bucket(LOG_BUCKET, ARCHIVE, FRANKFURT)
    cast = Cast(
        roles=tuple(_service_role(name) for name in ("LogReplication", "LogInventory", "AthenaQueries", "GlueCatalog"))
    )
    return Account(
        ARCHIVE,
        "log-archive",
        "log_archive",
        "Infrastructure",
        (FRANKFURT,),
        cast=cast,
        buckets=(bucket,),
        log_bucket=LOG_BUCKET,
    )


def _cams_eu() -> Account:
    account = CAMS_EU
    streams = (
        *_cameras(
            "whs",
            24,
            FRANKFURT,
            "WarehouseCamRole",
            hours=168,
            minutes=60,
            key="video",
            tags={"site": "warehouse-nord"},
        ),
        *_cameras("gate", 8, FRANKFURT, "GateCamRole", hours=720, minutes=45, key="video", tags={"site": "gates"}),
        *_cameras("dock", 6, IRELAND, "DockCamShared", hours=72, minutes=180, tags={"site": "dublin"}),
    )
    streams = tuple(
        replace(stream, producer="cam-gate-07", tags={**stream.tags, "installed-by": "brightlens"})
        if stream.name == "gate-07"
        else stream
        for stream in streams
    )
    roles = (
        fleets.shared_fleet("WarehouseCamRole", "warehouse-cams"),
        fleets.bound_fleet(account, "GateCamRole", "gate-cams", FRANKFURT),
        fleets.shared_fleet("DockCamShared", "dock-cams", "GetMedia"),
        *applications.consumers(account),
        *applications.housekeeping(account),
        *outsiders.vendor_roles(),
        leftovers.gate_migration(account),
        people.video_analyst(account),
        people.control_room(account),
    )
    return Account(
        account,
        "cams-prod-eu",
        "member",
        "Cameras",
        (FRANKFURT, IRELAND),
        cast=Cast(roles=roles) + fleets.keyed_camera(account, "cam-gate-07"),
        streams=streams,
        keys=(KmsKey("video", FRANKFURT), KmsKey("video", IRELAND)),
        trails=(Trail("cams-media-trail", account, FRANKFURT, LOG_BUCKET, selectors=(_STREAM_DATA, _CHANNEL_DATA)),),
        aliases=(
            RoleAlias("warehouse-cams", "WarehouseCamRole", FRANKFURT, 43_200),
            RoleAlias("gate-cams", "GateCamRole", FRANKFURT, 43_200),
            RoleAlias("dock-cams", "DockCamShared", IRELAND, 43_200),
        ),
    )


def _clinic() -> Account:
    account = CLINIC
    wards = [
        *(
            f"ward-{ward}-{place}"
            for ward in range(1, 7)
            for place in ("corridor", "entry", "med-room", "room-a", "room-b")
        ),
        *("lobby-clinic", "pharmacy-desk", "ambulance-bay", "roof-helipad", "parking-p1", "parking-p2"),
    ]
    streams = (
        *(
            Stream(
                name,
                FRANKFURT,
                720,
                {"site": "clinic", "zone": "restricted" if name.startswith("ward") else "public"},
                key="clinic",
                device=f"thing-{name}",
                producer="WardCamRole",
                minutes=180 if name.endswith(("room-a", "room-b")) else 60,
            )
            for name in wards
        ),
        *(
            Stream(
                f"edge-annex-{number}",
                FRANKFURT,
                24,
                {"site": "clinic", "zone": "annex"},
                device=f"thing-edge-annex-{number}",
                producer="EdgeAgentRole",
                minutes=480,
                edge=_edge(account, number),
            )
            for number in (1, 2)
        ),
        *_cameras(
            "clinic-gate", 6, IRELAND, "ClinicGateCamRole", hours=72, minutes=180, tags={"site": "clinic-dublin"}
        ),
    )
    roles = (
        fleets.bound_fleet(account, "WardCamRole", "ward-cams", FRANKFURT),
        fleets.bound_fleet(account, "ClinicGateCamRole", "clinic-gate-cams", IRELAND),
        fleets.everything_fleet("LegacyWardCam"),
        fleets.edge_agent(account),
        *applications.consumers(account),
        *applications.housekeeping(account),
        Role(
            "FallDetection",
            trust_service("ecs-tasks.amazonaws.com"),
            inline={"live": policy(kvs("GetMedia", "GetDataEndpoint", on=stream_arn(account, "ward-*")))},
        ),
        *outsiders.vendor_roles(),
        outsiders.archive_reader(ANALYTICS),
        people.video_analyst(account),
        *people.ward_shifts(account),
    )
    stop = Stop(day=-3, hour=22.17, hours=6.4, by="tomas.brandt@halden.example")
    but_no_reading: Document = {
        "Name": "Video without playback",
        "FieldSelectors": [
            *_STREAM_DATA["FieldSelectors"],
            {"Field": "eventName", "NotEquals": ["GetMedia", "GetClip"]},
        ],
    }
    return Account(
        account,
        "clinic-video",
        "member",
        "Clinic",
        (FRANKFURT, IRELAND),
        cast=Cast(roles=roles) + fleets.keyed_camera(account, "cam-ward-old"),
        streams=streams,
        keys=(KmsKey("clinic", FRANKFURT),),
        trails=(
            Trail(
                "clinic-media-trail",
                account,
                FRANKFURT,
                LOG_BUCKET,
                is_multi_region=False,
                selectors=(_STREAM_DATA,),
                stops=(stop,),
            ),
            Trail(
                "clinic-gates-trail", account, IRELAND, LOG_BUCKET, is_multi_region=False, selectors=(but_no_reading,)
            ),
        ),
        aliases=(
            RoleAlias("ward-cams", "WardCamRole", FRANKFURT, 43_200),
            RoleAlias("clinic-gate-cams", "ClinicGateCamRole", IRELAND, 43_200),
        ),
    )


def _cams_us() -> Account:
    account = CAMS_US
    streams = (
        *(
            Stream(
                f"lobby-{place}",
                VIRGINIA,
                336,
                {"site": "hq"},
                key="video",
                device=f"cam-lobby-{place}",
                producer="LobbyCamRole",
                minutes=45,
            )
            for place in ("east", "west", "north", "garage", "roof", "mail-room")
        ),
        *_cameras("van", 22, VIRGINIA, "VanCamRole", hours=24, minutes=240, tags={"site": "fleet"}, is_mobile=True),
        *_cameras("yard", 8, VIRGINIA, "LobbyCamRole", hours=72, minutes=360, tags={"site": "yard"}),
    )
    roles = (
        fleets.bound_fleet(account, "LobbyCamRole", "lobby-cams", VIRGINIA),
        fleets.bound_fleet(account, "VanCamRole", "van-cams", VIRGINIA),
        *applications.consumers(account),
        *applications.housekeeping(account),
        outsiders.forensics_reader(account),
        *outsiders.vendor_roles(),
        people.video_analyst(account),
        people.control_room(account),
    )
    return Account(
        account,
        "cams-prod-us",
        "member",
        "Cameras",
        (VIRGINIA,),
        cast=Cast(roles=roles),
        streams=streams,
        keys=(KmsKey("video", VIRGINIA),),
        trails=(
            Trail("us-media-trail", account, VIRGINIA, LOG_BUCKET, is_multi_region=False, selectors=(_STREAM_DATA,)),
        ),
        aliases=(
            RoleAlias("lobby-cams", "LobbyCamRole", VIRGINIA, 43_200),
            RoleAlias("van-cams", "VanCamRole", VIRGINIA, 43_200),
        ),
    )


def _intercom() -> Account:
    account = INTERCOM
    pool = IdentityPool("halden-intercom-app", FRANKFURT, "IntercomAppViewer", "IntercomAppGuest")
    channels = tuple(
        Channel(
            f"door-{number:03}",
            FRANKFURT,
            tags={"building": f"b{number % 7 + 1}"},
            producer="DoorbellMaster",
            stream="door-recording" if number == 1 else None,
        )
        for number in range(1, 35)
    )
    streams = (
        Stream("door-recording", FRANKFURT, 24, {"site": "intercom"}, key="intercom", device="storage", minutes=None),
        Stream("reception-desk", FRANKFURT, 0, {"site": "intercom"}, device="reception", minutes=None),
    )
    roles = (
        fleets.webrtc_master(account, "DoorbellMaster", may_view=True),
        fleets.webrtc_master(account, "NurseCallMaster", may_view=False),
        *applications.consumers(account),
        *applications.housekeeping(account),
        *outsiders.vendor_roles(),
    )
    return Account(
        account,
        "webrtc-intercom",
        "member",
        "Cameras",
        (FRANKFURT,),
        cast=Cast(roles=roles) + applications.webrtc_app(account, pool, guests_may_watch=True),
        streams=streams,
        channels=channels,
        keys=(KmsKey("intercom", FRANKFURT),),
        trails=(Trail("intercom-trail", account, FRANKFURT, LOG_BUCKET, selectors=(_STREAM_DATA, _CHANNEL_DATA)),),
        aliases=(RoleAlias("doorbells", "DoorbellMaster", FRANKFURT, 43_200),),
        pools=(pool,),
    )


def _analytics() -> Account:
    account = ANALYTICS
    streams = (
        *_cameras(
            "shop",
            14,
            FRANKFURT,
            "ShopCamRole",
            hours=48,
            minutes=60,
            key="retail",
            tags={"site": "shops", "use": "counting"},
        ),
        *_cameras("kiosk", 18, VIRGINIA, "ShopCamRole", hours=12, minutes=480, tags={"site": "kiosks"}),
    )
    target = f"arn:aws:iam::{CLINIC}:role/ArchiveReader"
    roles = (
        fleets.bound_fleet(account, "ShopCamRole", "shop-cams", FRANKFURT),
        Role(
            "MLPipeline",
            trust_service("ecs-tasks.amazonaws.com"),
            inline={"read": policy(kvs("ListStreams"))},
        ),
        *applications.consumers(account, analytics=account),
        *applications.housekeeping(account),
        outsiders.bridge_role(target),
        *outsiders.vendor_roles(),
    )
    return Account(
        account,
        "retail-analytics",
        "member",
        "Analytics",
        (FRANKFURT, VIRGINIA),
        cast=Cast(roles=roles),
        streams=streams,
        keys=(KmsKey("retail", FRANKFURT),),
        trails=(Trail("analytics-media-trail", account, FRANKFURT, LOG_BUCKET, selectors=(_STREAM_DATA,)),),
        aliases=(RoleAlias("shop-cams", "ShopCamRole", FRANKFURT, 43_200),),
    )


def _partner() -> Account:
    account = PARTNER
    writes_only: Document = {
        "Name": "Video, writing",
        "FieldSelectors": [*_STREAM_DATA["FieldSelectors"], {"Field": "readOnly", "Equals": ["false"]}],
    }
    streams = _cameras("lab", 30, VIRGINIA, "LabCamRole", hours=24, minutes=480, key="lab", tags={"site": "lab"})
    trail = Trail(
        "partner-trail",
        account,
        VIRGINIA,
        PARTNER_BUCKET,
        is_multi_region=False,
        validates=False,
        prefix="audit",
        selectors=(_MANAGEMENT_EVENTS, writes_only),
    )
    roles = (
        fleets.shared_fleet("LabCamRole", "lab-cams", "GetMedia", "DeleteStream"),
        *applications.consumers(account),
        *applications.housekeeping(account),
        *outsiders.vendor_roles(),
    )
    uploader = fleets.keyed_camera(
        account, "ci-uploader", statement=kvs("PutMedia", "GetDataEndpoint", "CreateStream"), age_days=510
    )
    return Account(
        account,
        "partner-lab",
        "member",
        "Sandbox",
        (VIRGINIA,),
        cast=Cast(roles=roles) + uploader,
        streams=streams,
        keys=(KmsKey("lab", VIRGINIA, "PendingDeletion"),),
        trails=(trail,),
        buckets=(Bucket(PARTNER_BUCKET, account, VIRGINIA),),
        log_bucket=PARTNER_BUCKET,
        log_prefix=trail.prefix,
        aliases=(RoleAlias("lab-cams", "LabCamRole", VIRGINIA, 3_600),),
    )


def _legacy() -> Account:
    account = LEGACY
    streams = _cameras("old", 40, IRELAND, "LegacyCamRole", hours=168, minutes=180, tags={"site": "depots"})
    writes_only = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}
    roles = (
        fleets.everything_fleet("LegacyCamRole"),
        *applications.consumers(account),
        *applications.housekeeping(account),
        *outsiders.vendor_roles(),
        people.control_room(account),
    )
    trail = Trail(
        "legacy-trail",
        account,
        IRELAND,
        LOG_BUCKET,
        is_multi_region=False,
        validates=False,
        basic_selectors=(writes_only,),
    )
    return Account(
        account,
        "legacy-cams",
        "member",
        "Legacy",
        (IRELAND,),
        cast=Cast(roles=roles),
        streams=streams,
        trails=(trail,),
        aliases=(RoleAlias("legacy-cams", "LegacyCamRole", IRELAND, 43_200),),
    )


def _sandbox() -> Account:
    streams = tuple(
        Stream(f"try-{number:02}", FRANKFURT, 0 if number % 3 else 2, {"owner": f"dev{number % 5}"})
        for number in range(1, 31)
    )
    roles = (
        *applications.consumers(SANDBOX),
        *applications.housekeeping(SANDBOX),
        fleets.shared_fleet("TryoutCamRole", "tryout"),
    )
    return Account(SANDBOX, "dev-sandbox", "member", "Sandbox", (FRANKFURT,), cast=Cast(roles=roles), streams=streams)


def _cameras(
    prefix: str,
    count: int,
    region: str,
    producer: str,
    *,
    hours: int,
    minutes: float,
    tags: dict[str, str],
    key: str | None = None,
    is_mobile: bool = False,
) -> tuple[Stream, ...]:
    """Return a row of numbered cameras; every second one films on motion only and connects less often."""
    digits = 3 if prefix in {"whs", "van"} else 2
    return tuple(
        Stream(
            name := f"{prefix}-{number:0{digits}}",
            region,
            hours,
            {**tags, "asset": f"A{number:05}"},
            key=key,
            device=f"thing-{name}",
            producer=producer,
            minutes=minutes if number % 2 else minutes * 3,
            is_mobile=is_mobile,
            image_generation=_frames(region) if number == 1 else None,
            notification=_notices(region) if number == 1 else None,
        )
        for number in range(1, count + 1)
    )


def _frames(region: str) -> Document:
    return {
        "Status": "ENABLED",
        "ImageSelectorType": "SERVER_TIMESTAMP",
        "DestinationConfig": {"Uri": f"s3://halden-frames-{region}/frames", "DestinationRegion": region},
        "SamplingInterval": 3000,
        "Format": "JPEG",
    }


def _notices(region: str) -> Document:
    return {
        "Status": "ENABLED",
        "DestinationConfig": {"Uri": f"https://sns.{region}.amazonaws.com/video-events"},
    }


def _edge(account: str, number: int) -> Document:
    """Return the schedule of an edge agent: it records always, and uploads for an hour each night."""
    media = f"arn:aws:secretsmanager:eu-central-1:{account}:secret:annex-camera-{number}"
    return {
        "HubDeviceArn": f"arn:aws:iot:eu-central-1:{account}:thing/annex-hub",
        "RecorderConfig": {"MediaSourceConfig": {"MediaUriSecretArn": media, "MediaUriType": "RTSP_URI"}},
        "UploaderConfig": {"ScheduleConfig": {"ScheduleExpression": "0 0 1 ? * *", "DurationInSeconds": 3600}},
    }


def _service_role(name: str) -> Role:
    return Role(name, trust_service("lambda.amazonaws.com"), inline={"run": policy(allow("logs:PutLogEvents"))})


def _shrunk(account: Account) -> Account:
    """Return `account` with a few cameras of each kind, for tests."""
    wanted = {
        "whs-001",
        "whs-014",
        "whs-021",
        "gate-07",
        "dock-01",
        "ward-3-corridor",
        "ward-1-entry",
        "lobby-clinic",
        "clinic-gate-01",
    }
    return replace(account, streams=tuple(stream for stream in account.streams if stream.name in wanted))
