import pytest

from app.core.model.event import Actor, ActorKind
from app.core.rules.calls import (
    is_denied,
    is_kvs,
    network_of,
    reader_name,
    reader_of,
    reads_media,
    reads_recorded_media,
)
from tests.builders.events import ROLE, event

SSO = "arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_VideoAnalyst_0a1b"


@pytest.mark.parametrize(
    ("address", "endpoint", "network"),
    [
        ("198.51.100.204", None, "198.51.100.0/24"),
        ("2001:db8:1:2::3", None, "2001:db8:1::/48"),
        ("10.1.2.3", "vpce-1", "10.1.2.0/24 by vpce-1"),
        ("rekognition.amazonaws.com", None, None),
        ("AWS Internal", None, None),
        (None, None, None),
    ],
)
def test_it_knows_networks_from_names(address: str | None, endpoint: str | None, network: str | None):
    assert network_of(address, endpoint) == network


@pytest.mark.parametrize(
    "code", ["AccessDenied", "AccessDeniedException", "NotAuthorizedException", "Client.UnauthorizedOperation"]
)
def test_it_knows_a_denial_in_all_its_spellings(code: str):
    assert is_denied(event(error_code=code))


@pytest.mark.parametrize("code", [None, "ResourceNotFoundException", "ClientLimitExceededException"])
def test_other_endings_are_no_denial(code: str | None):
    assert not is_denied(event(error_code=code))


def test_the_person_behind_a_shared_role_is_the_reader():
    by_name = event(actor=Actor(ActorKind.ROLE, SSO, 1, "mara@halden.example"))
    by_record = event(actor=Actor(ActorKind.ROLE, ROLE, 1, "anything", person="mara"))

    assert reader_name(reader_of(by_name)) == "mara@halden.example"
    assert reader_of(by_record) == f"{ROLE} mara"


def test_a_session_name_that_the_caller_chose_is_no_person():
    assert reader_of(event(actor=Actor(ActorKind.ROLE, ROLE, 1, "sync-job-8"))) == ROLE
    assert reader_name(ROLE) == "ArchiveReader"


def test_viewing_a_channel_reads_media_although_aws_calls_it_a_write():
    assert reads_media(event(action="ConnectAsViewer"))
    assert not reads_recorded_media(event(action="ConnectAsViewer"))
    assert reads_recorded_media(event(action="GetHLSStreamingSessionURL"))
    assert not reads_media(event(action="ListFragments"))


def test_a_media_call_counts_whatever_source_it_names():
    assert is_kvs(event(source="unknown.amazonaws.com", action="GetMedia"))
    assert not is_kvs(event(source="sts.amazonaws.com", action="AssumeRole"))
