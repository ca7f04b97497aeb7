from app.core.iam.diagnosis.faults import SENTENCES, Diagnosis, Fault, named
from app.core.iam.parse import parse
from tests.builders.iam import allow, document

SAID, UNSAID = parse(document(allow(Sid="Watch"), allow())).statements


def test_each_fault_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Fault)
    assert Diagnosis(Fault.NO_SUCH_ACTION, SAID, "kinesisvideo:Gone").sentence == (
        "Kinesis Video Streams has no action that kinesisvideo:Gone names."
    )


def test_a_text_with_braces_is_filled_in_as_it_is() -> None:
    assert (
        "stream/${aws:username}/{0}" in Diagnosis(Fault.VARIABLE_AS_TEXT, SAID, "stream/${aws:username}/{0}").sentence
    )


def test_a_statement_is_called_by_its_sid_or_its_number() -> None:
    assert (named(SAID), named(UNSAID)) == ("Watch", "statement 2")
