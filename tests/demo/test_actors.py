from app.demo import actors
from app.demo.estate import estate
from app.demo.stories.ordinary_cameras import SITES

SMALL = estate(small=True)
CLINIC = SMALL.account("clinic-video")
CAMERAS = SMALL.account("cams-prod-eu")
AT = 1_795_392_000


def test_a_session_names_its_role_with_the_path_that_its_own_arn_lacks():
    name = actors.sso_role_name(CLINIC, "VideoAnalyst")
    identity = actors.sso_session(CLINIC, "VideoAnalyst", "a@halden.example", AT).actor("203.0.113.1").identity

    issuer = identity["sessionContext"]["sessionIssuer"]
    assert issuer["arn"] == f"arn:aws:iam::{CLINIC.id}:role/aws-reserved/sso.amazonaws.com/eu-central-1/{name}"
    assert identity["arn"] == f"arn:aws:sts::{CLINIC.id}:assumed-role/{name}/a@halden.example"
    assert identity["principalId"] == f"{issuer['principalId']}:a@halden.example"


def test_a_device_keeps_its_key_until_it_is_renewed():
    stream = next(stream for stream in CAMERAS.streams if stream.name == "whs-001")
    session = actors.device_session(CAMERAS, stream, AT)

    same = actors.device_session(CAMERAS, stream, session.started_at + session.seconds - 1)
    next_one = actors.device_session(CAMERAS, stream, session.started_at + session.seconds)

    assert session.started_at <= AT < session.started_at + session.seconds
    assert same == session
    assert next_one.access_key != session.access_key
    assert next_one.started_at == session.started_at + session.seconds


def test_a_devices_session_is_named_by_its_certificate():
    stream = next(stream for stream in CAMERAS.streams if stream.name == "whs-001")

    assert actors.device_session(CAMERAS, stream, AT).name == actors.certificate("thing-whs-001")
    assert len(actors.certificate("thing-whs-001")) == 64


def test_a_user_calls_with_a_long_term_key():
    caller = actors.user(CAMERAS, "cam-gate-07", SITES["gates"])

    assert caller.identity["type"] == "IAMUser"
    assert caller.access_key.startswith("AKIA")
    assert caller.access_key == caller.identity["accessKeyId"]


def test_a_caller_who_moves_stays_who_they_are():
    caller = actors.user(CAMERAS, "cam-gate-07", SITES["gates"])

    moved = caller.moved("198.51.100.77")

    assert (moved.address, moved.identity, moved.agent) == ("198.51.100.77", caller.identity, caller.agent)


def test_a_service_has_no_arn():
    assert actors.service("1", "config.amazonaws.com").arn is None


def test_a_role_alias_says_how_long_credentials_last():
    stream = next(stream for stream in CAMERAS.streams if stream.name == "whs-001")

    assert actors.renewal_seconds(CAMERAS, stream) == 43_200
