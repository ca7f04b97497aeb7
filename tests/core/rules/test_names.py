import pytest

from app.core.rules.names import counted, listed, name_of, principal_of


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:kinesisvideo:eu-west-1:111122223333:stream/front-door/1700000000000", "front-door"),
        ("arn:aws:iam::111122223333:role/media/eu/Viewer", "Viewer"),
        ("arn:aws:iam::111122223333:root", "root"),
        ("arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail", "org-trail"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ],
)
def test_it_names_things_as_people_do(arn: str, name: str):
    assert name_of(arn) == name


def test_it_lists_as_sentences_do():
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"], list("abcdefg"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
        "a, b, c and 4 more",
    ]


def test_it_counts_as_sentences_do():
    assert (counted(1, "stream"), counted(1200, "stream"), counted(2, "entry", "entries")) == (
        "1 stream",
        "1,200 streams",
        "2 entries",
    )


@pytest.mark.parametrize(
    "subject", ["arn:aws:iam::1:role/V mara", "arn:aws:iam::1:role/V#inline", "arn:aws:iam::1:role/V"]
)
def test_it_finds_the_principal_of_a_subject(subject: str):
    assert principal_of(subject) == "arn:aws:iam::1:role/V"


def test_a_key_is_its_own_subject():
    assert principal_of("a key#1") == "a key#1"
