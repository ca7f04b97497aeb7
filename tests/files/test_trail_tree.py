import json
import os
from pathlib import Path

import pytest

from app.core.errors import CouldNotLook, InvalidInput
from app.core.trailfile.digest.chain import Stored
from app.files.trail_tree import TrailTree, trail_trees
from tests.builders.digests import Delivery, delivery


def copied(folder: Path, made: Delivery | None = None) -> TrailTree:
    (tree,) = trail_trees([(made or delivery(3)).write(folder)])
    return tree


def test_keys_begin_at_awslogs_wherever_the_copy_lies(tmp_path: Path) -> None:
    made = delivery(3, prefix="some/prefix/")
    tree = copied(tmp_path, made)
    assert list(tree.keys("")) == sorted(key.removeprefix("some/prefix/") for key in made.files)
    assert tree.bucket is None


def test_it_lists_as_a_bucket_does(tmp_path: Path) -> None:
    made = delivery(3)
    tree = copied(tmp_path, made)
    assert tree.folders("AWSLogs/") == ["111122223333"]
    assert tree.folders("AWSLogs/111122223333/") == ["CloudTrail", "CloudTrail-Digest"]
    assert tree.folders("AWSLogs/999/") == []
    first, second, third = sorted(made.digests)
    assert list(tree.keys("AWSLogs/111122223333/CloudTrail-Digest/", first)) == [second, third]
    assert list(tree.keys("AWSLogs/111122223333/CloudTrail/")) == sorted(made.logs)


def test_a_part_of_a_copy_is_a_copy(tmp_path: Path) -> None:
    made = delivery(3)
    made.write(tmp_path)
    (tree,) = trail_trees([tmp_path / "AWSLogs/111122223333/CloudTrail-Digest"])
    assert list(tree.keys("")) == sorted(made.digests)


def test_two_copies_stay_apart(tmp_path: Path) -> None:
    delivery(2).write(tmp_path / "a")
    delivery(2).write(tmp_path / "b")
    assert [tree.name for tree in trail_trees([tmp_path])] == [f"{tmp_path}/a/", f"{tmp_path}/b/"]


def test_metadata_lies_beside_a_digest(tmp_path: Path) -> None:
    made = delivery(2)
    made.write(tmp_path)
    Path(f"{tmp_path / made.digests[1]}.metadata.json").unlink()
    Path(f"{tmp_path / made.digests[1]}.signature").write_text("abcd\n")
    (tree,) = trail_trees([tmp_path])
    answers = tree.read([*made.digests, *made.logs, "AWSLogs/none"])
    assert answers == [
        made.files[made.digests[0]],
        Stored(made.files[made.digests[1]].blob, {"signature": "abcd"}),
        made.files[made.logs[0]],
        None,
    ]


def test_metadata_may_be_written_as_headers(tmp_path: Path) -> None:
    made = delivery(1)
    made.write(tmp_path)
    headers = {"x-amz-meta-Signature": "ab", "ContentType": "application/json"}
    Path(f"{tmp_path / made.digests[0]}.metadata.json").write_text(json.dumps(headers))
    (stored,) = trail_trees([tmp_path])[0].read(made.digests)
    assert isinstance(stored, Stored)
    assert stored.metadata["signature"] == "ab"


@pytest.mark.parametrize("text", ["", "[]", '{"Metadata": 1}'])
def test_it_names_metadata_that_it_cannot_read(tmp_path: Path, text: str) -> None:
    made = delivery(1)
    tree = copied(tmp_path, made)
    beside = Path(f"{tmp_path / made.digests[0]}.metadata.json")
    beside.write_text(text)
    with pytest.raises(InvalidInput, match=beside.name):
        tree.read(made.digests)


def test_a_file_that_cannot_be_read_is_not_one_that_is_gone(tmp_path: Path) -> None:
    made = delivery(2)
    tree = copied(tmp_path, made)
    gone, odd = (tmp_path / key for key in made.digests)
    gone.unlink()
    odd.unlink()
    odd.mkdir()
    missing, unread = tree.read(made.digests)
    assert missing is None
    assert isinstance(unread, CouldNotLook)
    assert str(odd) in str(unread)


@pytest.mark.parametrize("ending", ["", ".signature", ".metadata.json"])
def test_a_pipe_in_a_copy_is_not_waited_for(tmp_path: Path, ending: str) -> None:
    made = delivery(1)
    tree = copied(tmp_path, made)
    pipe = Path(f"{tmp_path / made.digests[0]}{ending}")
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    (unread,) = tree.read(made.digests)
    assert isinstance(unread, CouldNotLook)
    assert str(unread) == f"cannot read {pipe}: not a regular file"


@pytest.mark.parametrize("path", ["", "nowhere"])
def test_a_path_without_files_of_cloudtrail_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "readme.json.gz").touch()
    with pytest.raises(InvalidInput):
        trail_trees([tmp_path / path])
