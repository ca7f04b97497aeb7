import pytest

from app.aws.errors import Archived, Denied, NotThere, Throttled, TooLarge, Unreachable
from app.aws.sources._log_file import log_file, may_come


@pytest.mark.parametrize(
    ("answer", "may"),
    [
        (b"", False),
        (Denied("no", "s3:GetObject"), True),
        (Throttled("later"), True),
        (Unreachable("no answer"), True),
        (NotThere("no such key of KMS", "KMS.NotFoundException"), True),
        (NotThere("gone", "NoSuchKey"), False),
        (Archived("restore it"), False),
        (TooLarge(1 << 40, 1 << 30), False),
    ],
)
def test_only_what_is_final_is_not_asked_for_again(answer, may):
    assert may_come(answer) is may


def test_a_file_that_came_is_named_by_its_place():
    found = log_file("logs", "a/b.json.gz", b"x")
    assert (found.origin, found.blob, found.problem) == ("s3://logs/a/b.json.gz", b"x", None)


def test_a_file_that_is_too_large_is_told_with_its_size_and_what_to_do():
    found = log_file("logs", "a", TooLarge(1 << 30, 256 << 20))
    size = "1,073,741,824 bytes as stored, compressed, are more than 268,435,456, the limit"
    assert found.problem == (
        f"{size}: raise KVSWATCH_MAX_FILE_MB to have it read, or import a copy with kvswatch ingest --limit-mb"
    )
    assert found.size == 1 << 30


def test_a_file_that_is_given_up_is_told_with_the_reason():
    assert log_file("logs", "a", NotThere("NoSuchKey: gone", "NoSuchKey")).problem == "given up: NoSuchKey: gone"
