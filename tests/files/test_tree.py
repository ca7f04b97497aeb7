import os

import pytest

from app.core.errors import InvalidInput
from app.files.tree import log_files


@pytest.fixture
def tree(tmp_path):
    for name in ("b/2.json.gz", "b/1.json.gz", "a/3.json", "a/README.md", "a/sums.sha256", "a/deep/4.json.gz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_it_yields_the_log_files_of_a_tree_sorted(tree):
    names = [str(path.relative_to(tree)) for path in log_files([tree])]
    assert names == ["a/3.json", "a/deep/4.json.gz", "b/1.json.gz", "b/2.json.gz"]


def test_it_tells_of_each_file_that_it_passes_over(tree):
    others = []
    list(log_files([tree], others.append))
    assert others == [tree / "a/README.md", tree / "a/sums.sha256"]


def test_the_ending_of_a_log_file_may_be_in_capitals(tmp_path):
    (tmp_path / "1.JSON.GZ").touch()
    assert list(log_files([tmp_path])) == [tmp_path / "1.JSON.GZ"]


def test_a_file_that_is_named_is_yielded_whatever_its_name(tree):
    assert list(log_files([tree / "a/README.md"])) == [tree / "a/README.md"]


def test_links_to_folders_are_not_followed(tree):
    (tree / "a/circle").symlink_to(tree)
    assert len(list(log_files([tree]))) == 4


def test_a_path_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(InvalidInput, match=r"no such file or folder: .*/nowhere"):
        list(log_files([tmp_path / "nowhere"]))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_is_an_error(tree):
    (tree / "a").chmod(0)
    with pytest.raises(InvalidInput, match="cannot read the folder"):
        list(log_files([tree]))
