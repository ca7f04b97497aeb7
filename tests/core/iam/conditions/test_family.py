from app.core.iam.conditions._family import text_of
from app.core.iam.globs import Wild, pieces_of


def test_a_value_without_wildcards_is_its_text():
    assert text_of(pieces_of("eu-central-1")) == "eu-central-1"


def test_a_wildcard_stands_for_its_own_sign_where_there_are_none():
    assert text_of(("cam-", Wild.STAR)) == "cam-*"
