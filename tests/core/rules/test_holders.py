from app.core.model.policy import PolicyKind
from app.core.model.principal import PrincipalKind
from app.core.rules.holders import held_on, holders, media_reads, producers, undecided
from tests.builders import iam
from tests.builders.documents import DEVICE_TRUST
from tests.builders.facts import posture

SENDER = iam.role(iam.allow("kinesisvideo:PutMedia", iam.CAMERA))


def test_a_producer_sends_and_does_not_own_everything():
    owner = iam.role(iam.allow(), arn=f"{iam.ROLE}-owner", name="owner")

    assert [principal.name for principal, _ in producers(posture(SENDER, owner))] == ["viewer"]


def test_an_administrator_under_an_scp_is_no_producer():
    scp = iam.document(iam.allow("*"), iam.deny("kinesisvideo:DeleteStream"), name="no-delete", kind=PolicyKind.SCP)
    organization = iam.organization(("r-1", (scp,)))
    bounded = iam.role(iam.allow("*"), iam.deny("kinesisvideo:GetClip"), arn=f"{iam.ROLE}-2", name="bounded")

    assert list(producers(posture(iam.role(iam.allow("*")), bounded, organization=organization))) == []


def test_a_device_is_a_producer_whatever_its_policy_says():
    device = iam.role(iam.allow("*"), iam.deny("kinesisvideo:GetClip"), trust=DEVICE_TRUST)

    assert [principal.name for principal, _ in producers(posture(device))] == ["viewer"]


def test_service_linked_roles_root_and_groups_hold_nothing_that_could_be_changed():
    linked = iam.role(iam.allow(), path="/aws-service-role/chime.amazonaws.com/")
    root = iam.role(arn=f"arn:aws:iam::{iam.ACCOUNT}:root", kind=PrincipalKind.ROOT)

    assert list(holders(posture(linked, root))) == []


def test_media_reads_and_targets_come_from_the_grants():
    ((_, actions),) = holders(posture(iam.role(iam.allow("kinesisvideo:Get*", iam.CAMERA))))

    assert "GetMedia" in media_reads(actions)
    assert "GetDataEndpoint" not in media_reads(actions)
    assert held_on(actions, "GetMedia") == {iam.CAMERA}


def test_it_says_once_that_an_unread_organization_leaves_all_open():
    second = iam.role(iam.allow(), arn=f"{iam.ROLE}-2", name="second")

    (answer,) = undecided(posture(SENDER, second, organization=None), ("PutMedia",))

    assert (answer.subject, "2 principals" in answer.reason) == ("", True)


def test_it_says_of_each_principal_whose_own_policy_could_not_be_read():
    broken = iam.role(iam.allow(), boundary=f"arn:aws:iam::{iam.ACCOUNT}:policy/unread")

    (answer,) = undecided(posture(broken), ("PutMedia",))

    assert answer.subject == iam.ROLE


def test_nothing_is_open_where_all_was_read():
    assert list(undecided(posture(SENDER), ("PutMedia", "GetMedia"))) == []
