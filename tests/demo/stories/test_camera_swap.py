from app.demo.actors import certificate
from tests.demo.stories.conftest import calls


def test_a_technician_gives_the_thing_a_new_certificate(tell):
    told = tell("camera_swap", -5)

    attached = calls(told, "AttachThingPrincipal")[0]["requestParameters"]
    assert attached["thingName"] == "gate-03"
    assert attached["principal"].endswith(certificate("thing-gate-03-2"))
    retired = calls(told, "UpdateCertificate")[0]["requestParameters"]
    assert retired == {"certificateId": certificate("thing-gate-03"), "newStatus": "INACTIVE"}


def test_on_other_days_nobody_comes(tell):
    assert tell("camera_swap", -6) == []
