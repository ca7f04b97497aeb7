"""The words of each case stand in tests/web/pages/test_matrix.py, on the page."""

from msgspec.structs import replace

from app.core.matrix.cells import BIT, Bits
from app.core.model.grant import Outcome
from app.core.model.stream import ResourceKind
from app.db.queries.matrix import PrincipalBits
from app.db.queries.matrix_streams import MatrixStreams
from app.services.read_matrix import Row
from app.web.matrix_streams import Held

THERE = {1: {ResourceKind.STREAM: 1_200, ResourceKind.CHANNEL: 0}}
BITS = Bits(allow=BIT["GetMedia"])
ONE = Row(PrincipalBits(7, 1, "clinic", "arn:x", "x", "role", False, BITS), "G")


def phrases(*counts: int, row: Row = ONE) -> tuple[str, ...]:
    rows = [replace(row, principal=replace(row.principal, id=n)) for n, _ in enumerate(counts)]
    some = {(1, n): {("GetMedia", Outcome.ALLOW): count} for n, count in enumerate(counts) if count}
    return Held(MatrixStreams(THERE, some), ("GetMedia",)).phrases(rows)


def test_all_and_some_in_one_line_are_told_from_all():
    assert phrases(0) == ("; allowed on all 1,200 streams",)
    assert phrases(6, 0) == ("; allowed on 6 to 1,200 of 1,200 streams",)


def test_a_use_that_nobody_evaluated_is_on_no_streams():
    unread = replace(ONE, cells="U", principal=replace(ONE.principal, bits=Bits(used=BIT["GetMedia"])))
    assert phrases(0, row=unread) == ("",)


def test_rows_that_are_alike_say_of_each_account_how_many_streams_it_has():
    there = {n: {ResourceKind.STREAM: streams, ResourceKind.CHANNEL: 0} for n, streams in ((1, 4), (2, 9), (3, 4))}
    held = Held(MatrixStreams(there, {(3, 7): {("GetMedia", Outcome.ALLOW): 2}}), ("GetMedia",))
    said = [held.phrases([replace(ONE, principal=replace(ONE.principal, account=n))])[0] for n in (1, 2, 3)]
    assert said == [f"; allowed on {of} streams" for of in ("all 4", "all 9", "2 of 4")]
