"""On how many of the streams each cell of a row holds, in words: some of many is told from all without a click."""

from collections.abc import Iterable, Mapping, Sequence

from app.core.kvs.actions import ACTIONS
from app.core.matrix.cells import BIT, SHOWN, Cell
from app.core.model.grant import Outcome
from app.db.queries.matrix_streams import MatrixStreams
from app.services.read_matrix import Row
from app.web import words

Phrases = tuple[str, ...]
"""What stands behind the state of each cell of a row: "; allowed on 6 of 44 streams", " on all 44 streams", ""."""


class Held:
    """The phrases of rows, those of rows that are alike made once."""

    def __init__(self, streams: MatrixStreams, columns: Sequence[str]) -> None:
        """Take what is known of the streams, and the actions that are shown."""
        self._streams = streams
        self._columns = columns
        self._made: dict[object, Phrases] = {}

    def phrases(self, rows: Sequence[Row]) -> Phrases:
        """Return the phrases of rows that stand in one line: their cells are the same, their counts need not be."""
        first = rows[0].principal
        some = [self._streams.some.get((row.principal.account, row.principal.id), {}) for row in rows]
        key = first.account, rows[0].cells, first.bits, frozenset(frozenset(each.items()) for each in some)
        if key not in self._made:
            self._made[key] = tuple(
                self._phrase(rows[0], name, Cell(letter), some)
                for name, letter in zip(self._columns, rows[0].cells, strict=True)
            )
        return self._made[key]

    def _phrase(self, row: Row, name: str, cell: Cell, some: Iterable[Mapping[tuple[str, Outcome], int]]) -> str:
        outcome = SHOWN.get(cell)
        taken = self._streams.taken(row.principal.account, ACTIONS[name])
        # A use of what nobody evaluated has no streams that it holds on; and of one stream there are no parts.
        if outcome is None or taken <= 1 or not getattr(row.principal.bits, outcome.value) & BIT[name]:
            return ""
        counts = {each.get((name, outcome), taken) for each in some}
        said = f"; {words.OUTCOMES[outcome]} on" if outcome is Outcome.ALLOW else " on"
        return f"{said} {_of(min(counts), max(counts), taken)} {words.resources(ACTIONS[name])}"


def _of(least: int, most: int, taken: int) -> str:
    if least == taken:
        return f"all {taken:,}"
    return f"{least:,} of {taken:,}" if least == most else f"{least:,} to {most:,} of {taken:,}"
