"""A tree of 30 days, in which each file is changed in each way: every change is found, named, and nothing else is.

Files are changed three hours apart, a third of the tree at a time: far enough that no change is told by the traces of
another one, as a change that is alone in its tree shows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from app.core.errors import CouldNotLook
from app.core.trailfile.digest.breaks import Break
from app.core.trailfile.digest.chain import Stored
from app.services.verify_digests import Stretch, Unread, verify_archives
from tests.builders.digests import BUCKET, HOUR, START, Delivery, delivery, key_of
from tests.builders.tampering import (
    DIGEST_TAMPERS,
    LOG_TAMPERS,
    Expected,
    Tamper,
    change_signature,
    edit_digest,
    take_signature,
    truncate_digest,
)

DAYS = 30
APART = 3
KEYS = [key_of(0, end=START + 9_999 * HOUR)]
END = START + DAYS * 24 * HOUR


@dataclass(frozen=True)
class Lying:
    """An archive in memory."""

    files: Mapping[str, Stored]
    name: str = "memory"
    bucket: str | None = BUCKET
    prefix: str = "AWSLogs/"

    def folders(self, prefix: str) -> list[str]:
        below = (key[len(prefix) :] for key in self.files if key.startswith(prefix))
        return sorted({rest.partition("/")[0] for rest in below if "/" in rest})

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        return iter(sorted(key for key in self.files if key.startswith(prefix) and key > after))

    def read(self, keys: Sequence[str]) -> list[Stored | CouldNotLook | None]:
        return [self.files.get(key) for key in keys]


@pytest.fixture(scope="module")
def tree() -> Delivery:
    return delivery(DAYS * 24)


def found_in(made: Delivery) -> Expected:
    found: list[Break | Unread] = []
    # So long after the last digest that it is not overdue yet, and that it is when it is gone.
    verify_archives([Lying(made.files)], lambda *_: KEYS, Stretch(), END + 2 * HOUR, found.append)
    assert all(isinstance(one, Break) for one in found)
    return {(one.kind.value, one.where) for one in found if isinstance(one, Break)}


def tampered(tree: Delivery, tamper: Tamper, hours: Sequence[int]) -> tuple[Expected, Expected]:
    """Return what is found and what has to be."""
    made = replace(tree, files=dict(tree.files), digests=list(tree.digests), logs=list(tree.logs))
    expected: Expected = set().union(*(tamper(made, hour) for hour in hours))
    return found_in(made), expected


def test_an_untouched_tree_has_no_break(tree: Delivery) -> None:
    assert found_in(tree) == set()


TAMPERS = [*LOG_TAMPERS, *DIGEST_TAMPERS]


@pytest.mark.parametrize("offset", range(APART))
@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: tamper.__name__)
def test_every_file_that_is_tampered_with_is_named_and_no_other(tree: Delivery, tamper: Tamper, offset: int) -> None:
    # The first hour has a digest without a log file.
    found, expected = tampered(tree, tamper, range(1 + offset, DAYS * 24 - 1, APART))
    assert found == expected


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: tamper.__name__)
def test_a_change_that_is_alone_in_thirty_days_is_found(tree: Delivery, tamper: Tamper) -> None:
    found, expected = tampered(tree, tamper, [333])
    assert found == expected


@pytest.mark.parametrize("n", [2, 3, 24, 24 * 7])
def test_digests_that_are_deleted_in_a_row_are_named_one_by_one(tree: Delivery, n: int) -> None:
    gone = range(100, 100 + n)
    made = replace(tree, files=dict(tree.files))
    for hour in gone:
        del made.files[made.digests[hour]]
    expected = {("digest missing", tree.digests[hour]) for hour in gone}
    assert found_in(made) == expected | {("log unlisted", tree.logs[hour - 1]) for hour in gone}


@pytest.mark.parametrize("n", [1, 2, 48])
def test_the_newest_digests_are_missed(tree: Delivery, n: int) -> None:
    made = replace(tree, files=dict(tree.files))
    for key in tree.digests[-n:]:
        del made.files[key]
    assert ("tail cut off", tree.digests[-n - 1]) in found_in(made)


@pytest.mark.parametrize("tamper", [edit_digest, truncate_digest, change_signature, take_signature])
def test_the_newest_digest_proves_itself_by_its_signature(tree: Delivery, tamper: Tamper) -> None:
    found, _ = tampered(tree, tamper, [DAYS * 24 - 1])
    assert tree.digests[-1] in {key for _, key in found}


def test_the_oldest_digest_is_missed(tree: Delivery) -> None:
    made = replace(tree, files=dict(tree.files))
    del made.files[tree.digests[0]]
    assert found_in(made) == {("digest missing", tree.digests[0])}


@pytest.mark.parametrize("kind", ["CloudTrail", "CloudTrail-Digest"])
def test_a_folder_that_is_deleted_as_a_whole_is_missed(tree: Delivery, kind: str) -> None:
    made = replace(tree, files={key: stored for key, stored in tree.files.items() if f"/{kind}/" not in key})
    found = found_in(made)
    if kind == "CloudTrail":
        assert found == {("log missing", key) for key in tree.logs}
    else:
        assert {kind for kind, _ in found} == {"no digests"}


def named(tampers: Sequence[Callable[..., Expected]]) -> set[str]:
    return {tamper.__name__ for tamper in tampers}


def test_files_of_both_kinds_are_edited_deleted_swapped_and_truncated() -> None:
    assert {"edit_log", "delete_log", "swap_logs", "truncate_log"} <= named(LOG_TAMPERS)
    assert {"edit_digest", "delete_digest", "swap_digests", "truncate_digest"} <= named(DIGEST_TAMPERS)
