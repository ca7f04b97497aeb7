from app.core.model.event import KeyKind
from app.core.viewing.keys import keys_text
from tests.builders.viewing import call


def test_keys_are_counted_by_kind():
    calls = [call(0), call(1, access_key="B"), call(2, access_key="AKIA", key_kind=KeyKind.LONG_TERM)]
    assert keys_text(calls) == "long-term key, 2 temporary keys"
