"""The words of each case on the page stand in tests/web/pages/test_matrix.py."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from app.core.matrix.cells import BIT, Bits
from app.db.queries.matrix import PrincipalBits, Use
from app.services.read_matrix import Row
from app.web.matrix_uses import keys_text, use_text, used_phrases

FIRST, LAST = date(2026, 8, 25), datetime(2026, 11, 21, 14, 3, 59, tzinfo=UTC)
OFTEN, ONCE = Use(214, FIRST, LAST), Use(1, LAST.date(), LAST)
HELD = "; allowed on 6 of 44 streams"
SAID = "214 times since 2026-08-25, last 2026-11-21 14:03Z"


@pytest.mark.parametrize(
    ("letter", "uses", "said"),
    [
        ("U", [OFTEN], f" {SAID}{HELD}"),
        ("U", [ONCE], f" once, 2026-11-21 14:03Z{HELD}"),
        ("U", [], HELD),
        ("R", [OFTEN], f"{HELD}; {SAID}"),
        ("C", [OFTEN], f"{HELD}; used {SAID}"),
        ("D", [replace(OFTEN, last=LAST.date())], f"{HELD}; used 214 times since 2026-08-25, last 2026-11-21"),
        ("U", [OFTEN, ONCE], f" 215 times in all since 2026-08-25, last 2026-11-21 14:03Z{HELD}"),
        ("G", [OFTEN], HELD),
    ],
)
def test_a_use_stands_where_its_state_wants_it(letter: str, uses: list[Use], said: str) -> None:
    assert use_text(letter, uses, HELD) == said


@pytest.mark.parametrize(
    ("keys", "held", "said"),
    [
        (("aws:sourceip",), " on 6 of 44 streams", " on aws:sourceip; on 6 of 44 streams"),
        (("a", "b", "c", "d"), "", " on a, b and 2 more"),
        (("a\u202eb",), "", r" on a\u202eb"),
        ((), " on 6 of 44 streams", " on 6 of 44 streams"),
        ((), "", ""),
    ],
)
def test_keys_stand_before_the_streams(keys: tuple[str, ...], held: str, said: str) -> None:
    assert keys_text(keys, held) == said


def test_a_line_of_many_counts_nothing_where_one_of_them_is_not_told() -> None:
    bits = Bits(allow=BIT["GetMedia"], used=BIT["GetMedia"])
    told = Row(PrincipalBits(7, 1, "clinic", "arn:x", "x", "role", False, bits, uses={"GetMedia": OFTEN}), "U")
    untold = replace(told, principal=replace(told.principal, uses={}))
    columns = ("GetMedia",)
    assert used_phrases([told, told], columns, [""]) == {
        0: " 428 times in all since 2026-08-25, last 2026-11-21 14:03Z"
    }
    assert used_phrases([told, untold], columns, [""]) == {}
    assert used_phrases([untold], columns, [""]) == {}
