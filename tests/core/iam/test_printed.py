import json

from app.core.iam.printed import printed

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Action": ["a:b", "c:d"], "Condition": {}, "Resource": "é"}]}


def test_it_prints_the_document_itself() -> None:
    assert json.loads("\n".join(printed(DOCUMENT).lines)) == DOCUMENT


def test_it_knows_the_lines_of_every_part() -> None:
    page = printed(DOCUMENT)

    assert page.text(("Statement", 0, "Action", 1)).strip() == '"c:d"'
    assert page.text(("Statement", 0, "Resource")).strip() == '"Resource": "é"'
    assert page.places["Statement", 0, "Action"] == (5, 8)
    assert page.places[()] == (1, len(page.lines))
