import pytest

from app.core.ledger.emulated import is_emulated
from app.core.trailfile.shape import decoded
from tests.builders.trail import compact, kvs_record


@pytest.mark.parametrize(
    ("data", "is_so"),
    [
        ({"kvswatchDemo": "emulated"}, True),
        ({"bytes": 17, "note": '"kvswatchDemo"'}, False),
        ({"inner": {"kvswatchDemo": "x"}}, False),
        ("kvswatchDemo", False),
        (None, False),
        (..., False),
    ],
    ids=["the demo's", "quoted by a caller", "deeper", "no object", "null", "none"],
)
def test_only_the_key_itself_marks_a_record(data, is_so):
    assert is_emulated(decoded(compact(kvs_record(additionalEventData=data)))) is is_so


def test_what_is_only_read_loosely_is_marked_all_the_same():
    record = compact(kvs_record(additionalEventData={"kvswatchDemo": "emulated"}, userAgent="\ud800"))
    assert is_emulated(decoded(record))
