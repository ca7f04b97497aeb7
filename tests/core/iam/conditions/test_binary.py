from app.core.iam.conditions.binary import FAMILY
from app.core.iam.globs import pieces_of

EQUALS = FAMILY.operators["BinaryEquals"].matcher


def test_it_compares_the_bytes() -> None:
    assert EQUALS(pieces_of("dmlkZW8="))("dmlkZW8=")
    assert not EQUALS(pieces_of("dmlkZW8="))("YQ==")


def test_what_is_no_base64_matches_nothing() -> None:
    assert not EQUALS(pieces_of("%"))("%")
