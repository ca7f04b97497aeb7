from app.core.iam.context import Context
from app.core.iam.variables import UNKNOWN


def test_keys_have_no_case() -> None:
    assert Context({"AWS:SourceIp": "10.0.0.1"}, is_complete=True).lookup("aws:sourceip") == ("10.0.0.1",)


def test_values_are_texts() -> None:
    context = Context({"a:b": True, "c:d": ["x", 5]}, is_complete=True)

    assert context.lookup("a:b") == ("true",)
    assert context.lookup("c:d") == ("x", "5")


def test_in_a_complete_context_other_keys_are_absent() -> None:
    assert Context({}, is_complete=True).lookup("x:y") is None


def test_in_an_incomplete_one_only_known_keys_are() -> None:
    context = Context({}, is_complete=False, known_keys=["aws:SourceIp", "/^aws:ResourceTag/.*$/"])

    assert context.lookup("aws:sourceip") is None
    assert context.lookup("aws:resourcetag/site") is None
    assert context.lookup("aws:principaltag/site") is UNKNOWN
