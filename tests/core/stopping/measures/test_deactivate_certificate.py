from app.core.stopping.measures.deactivate_certificate import MEASURE
from tests.builders.stopping import CERTIFICATE, ROLE, after, caller, target, text_of

DEVICE = target(session=CERTIFICATE, certificate=CERTIFICATE, is_device=True, region="eu-central-1")


def test_it_looks_before_it_sets_the_certificate_to_inactive():
    note, look, change = text_of(MEASURE, DEVICE).split("\n")
    assert note.startswith("#")
    assert after("--certificate-id", look) == after("--certificate-id", change) == CERTIFICATE
    # Of the whole description the CLI's pager shows a page, and takes what was pasted behind it.
    assert look.endswith("--query certificateDescription.status --output text")
    assert change.endswith("--new-status INACTIVE --region eu-central-1")
    assert "--new-status ACTIVE" in text_of(MEASURE, DEVICE, "Undo")


def test_a_device_whose_session_has_another_name_says_that_the_certificate_is_not_known():
    assert MEASURE.bar(target(session="cam", is_device=True)) == (
        "The session's name is no certificate's ID, so which one it is is not known."
    )
    assert MEASURE.bar(target(ROLE, session=CERTIFICATE)) == ""


def test_it_hits_the_device_alone():
    assert MEASURE.hits(DEVICE, caller(session=CERTIFICATE))
    assert not MEASURE.hits(DEVICE, caller(session="f" * 64))


def test_it_says_that_the_name_is_inferred():
    assert "inferred" in MEASURE.leaves
