from datetime import UTC, datetime

from app.demo.gate.store import Bucket, StoredObject

OBJECT = StoredObject(b"x", datetime(2026, 11, 23, tzinfo=UTC))


def bucket(*keys: str) -> Bucket:
    made = Bucket("b", "148803265917", "eu-central-1")
    for key in keys:
        made.put(key, OBJECT)
    return made


def test_it_lists_in_order_whatever_the_order_of_putting():
    assert list(bucket("b/2", "a/1", "b/1").list_keys()) == ["a/1", "b/1", "b/2"]


def test_it_lists_a_prefix_after_a_key():
    made = bucket("a/1", "b/1", "b/2", "b/3", "c/1")

    assert list(made.list_keys("b/", after="b/1")) == ["b/2", "b/3"]
    assert list(made.list_keys("b/", after="a/9")) == ["b/1", "b/2", "b/3"]
    assert list(made.list_keys("b/", after="c")) == []


def test_it_replaces_an_object_without_listing_it_twice():
    made = bucket("a", "b")
    made.put("a", StoredObject(b"yy", OBJECT.modified_at))

    assert list(made.list_keys()) == ["a", "b"]
    assert made.objects["a"].body == b"yy"


def test_it_forgets_what_was_deleted():
    made = bucket("a", "b")
    made.delete("a")
    made.delete("never there")

    assert list(made.list_keys()) == ["b"]


def test_a_listing_under_way_is_not_disturbed_by_a_put():
    made = bucket("a", "c")
    listing = made.list_keys()
    first = next(listing)
    made.put("b", OBJECT)

    assert [first, *listing] == ["a", "c"]
