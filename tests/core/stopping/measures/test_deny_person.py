import json

from app.core.stopping.measures.deny_person import MEASURE
from tests.builders.stopping import HOSTILE, ROLE, SSO, after, caller, target, text_of


def test_the_user_is_looked_up_by_name_and_denied_by_id():
    command = text_of(MEASURE, target(SSO, person=HOSTILE))
    look = command.partition("\nid=")[0]
    assert json.loads(after("--alternate-identifier", look)) == {
        "UniqueAttribute": {"AttributePath": "userName", "AttributeValue": HOSTILE}
    }
    (statement,) = json.loads(text_of(MEASURE, target(SSO, person="mara"), "Policy"))["Statement"]
    assert statement["Condition"] == {"StringEquals": {"identitystore:userId": "USER-ID"}}
    (cli, _) = MEASURE.texts(target(SSO, person="mara"), caller().last_at)
    assert [name for name, _ in cli.yours] == ["USER-ID", "STORE-ID"]


def test_it_is_about_people_of_identity_center_in_accounts_that_scps_bind():
    assert MEASURE.bar(target(SSO, person="mara")) is None
    assert MEASURE.bar(target(SSO)) == ""
    assert MEASURE.bar(target(ROLE, person="mara")) == ""
    assert MEASURE.bar(target(SSO, person="mara", is_of_management=True))


def test_it_hits_the_person_with_any_role():
    whom = target(SSO, person="mara")
    assert MEASURE.hits(whom, caller("arn:aws:iam::1:role/Other", person="mara"))
    assert not MEASURE.hits(whom, caller(SSO, person="ines"))


def test_the_identity_store_is_asked_in_the_region_of_identity_center():
    assert "--identity-store-id STORE-ID --region eu-central-1 " in text_of(MEASURE, target(SSO, person="mara"))
    without = SSO.replace("/eu-central-1/", "/")
    assert "--identity-store-id STORE-ID --region us-east-1 " in text_of(MEASURE, target(without, person="mara"))
