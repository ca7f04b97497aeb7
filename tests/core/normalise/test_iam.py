import pytest

from app.core.model.policy import PolicyKind
from app.core.model.principal import Credentials, PrincipalKind
from app.core.normalise import iam
from tests.answers import iam as answers

ROOT = "arn:aws:iam::111122223333:root"
CAMERA = "arn:aws:iam::111122223333:user/cam-7"
ANNA = "arn:aws:iam::111122223333:user/anna"


def principal(kind):
    return next(one for one in iam.iam(answers.AUTHORIZATION_DETAILS).principals if one.kind is kind)


def test_it_keeps_the_text_of_an_encoded_document_to_the_letter():
    (document,) = principal(PrincipalKind.ROLE).inline
    assert document.document == answers.CAMERA_POLICY


def test_it_leaves_a_document_that_is_not_encoded_as_it_is():
    assert iam.text_of('{"Resource": "arn:aws:s3:::a%20b"}') == '{"Resource": "arn:aws:s3:::a%20b"}'


def test_it_keeps_a_document_that_does_not_parse():
    (document,) = principal(PrincipalKind.USER).inline
    assert (document.name, document.document) == ("broken", '{"Statement": [')


def test_it_gives_a_role_its_trust_boundary_and_last_use():
    role = principal(PrincipalKind.ROLE)
    assert (role.trust.kind, role.trust.document) == (PolicyKind.TRUST, answers.TRUST)
    assert role.boundary == answers.BOUNDARY
    assert (role.last_used_at, role.last_used_region) == (answers.USED, "eu-central-1")


def test_it_gives_a_user_its_groups_and_tags_and_admits_that_keys_were_not_read():
    user = principal(PrincipalKind.USER)
    assert (user.groups, user.tags) == (("cameras",), (("site", "north"),))
    assert user.keys is None
    assert user.credentials is None


def test_it_takes_the_default_version_of_a_managed_policy():
    (policy,) = iam.iam(answers.AUTHORIZATION_DETAILS).policies
    assert (policy.arn, policy.version_id, policy.document) == (answers.UPLOAD, "v2", answers.CAMERA_POLICY)
    assert policy.created_at == answers.CREATED


def test_it_does_not_depend_on_the_order_of_the_answer():
    turned = {name: list(reversed(found)) for name, found in answers.AUTHORIZATION_DETAILS.items()}
    assert iam.iam(turned) == iam.iam(answers.AUTHORIZATION_DETAILS)


def test_it_names_a_boundary_that_the_listing_leaves_out():
    assert iam.unlisted_policies(answers.AUTHORIZATION_DETAILS) == (answers.BOUNDARY,)


def test_it_reads_a_policy_that_was_fetched_alone():
    (policy,) = iam.managed_policies(answers.BOUNDARY_READ_ALONE).policies
    assert (policy.arn, policy.document) == (answers.BOUNDARY, answers.CAMERA_POLICY)


@pytest.mark.parametrize(
    ("arn", "wanted"),
    [
        (ROOT, {"has_password": True, "has_mfa": False, "active_keys": 1}),
        (CAMERA, {"has_password": False, "has_mfa": False, "active_keys": 2, "password_last_used_at": None}),
        (ANNA, {"has_password": True, "has_mfa": True, "active_keys": 0, "password_last_used_at": None}),
    ],
    ids=["root", "camera", "person"],
)
def test_it_reads_a_row_of_the_credential_report(arn, wanted):
    row = dict(iam.credential_report(answers.CREDENTIAL_REPORT).rows)[arn]
    assert {field: getattr(row, field) for field in wanted} == wanted


def test_it_reads_the_report_by_the_names_of_its_columns():
    raw = b"arn,mfa_active,user,a_new_column\narn:aws:iam::1:user/x,true,x,7\n"
    assert iam.credential_report(raw).rows == (("arn:aws:iam::1:user/x", Credentials(has_mfa=True)),)


def test_it_lists_keys_oldest_first_and_none_for_a_user_without():
    users = dict(iam.access_keys(answers.ACCESS_KEYS).users)
    assert [(key.id, key.is_active) for key in users[CAMERA]] == [("AKIAEXAMPLEOLD", True), ("AKIAEXAMPLENEW", False)]
    assert users[ANNA] == ()


def test_a_key_that_was_never_used_has_no_service_instead_of_a_mark():
    _, unused = dict(iam.access_keys(answers.ACCESS_KEYS).users)[CAMERA]
    assert (unused.last_used_at, unused.last_used_service, unused.last_used_region) == (None, None, None)
