"""On which keys and how many of the streams each cell of a row holds, in words: told without a click."""

from collections.abc import Mapping, Sequence
from itertools import chain

from app.core.kvs.actions import ACTIONS
from app.core.matrix.cells import BIT, SHOWN, Cell
from app.core.model.grant import Outcome
from app.db.queries.matrix import PrincipalBits
from app.db.queries.matrix_streams import MatrixStreams
from app.services.read_matrix import Row
from app.web import words
from app.web.matrix_uses import keys_text

Phrases = tuple[str, ...]
"""What stands behind the state of each cell of a row.

"; allowed on 6 of 44 streams", " on aws:sourceip; on all 44 streams", "".
"""


_ALL: frozenset[tuple[tuple[str, Outcome], int]] = frozenset()


class Held:
    """The phrases of rows, those of rows that are alike made once."""

    def __init__(self, streams: MatrixStreams, columns: Sequence[str]) -> None:
        """Take what is known of the streams, and the actions that are shown."""
        self._streams = streams
        # Accounts of as many streams and channels have the same phrases.
        self._there = {account: frozenset(there.items()) for account, there in streams.there.items()}
        self._some = {who: frozenset(some.items()) for who, some in streams.some.items()}
        self._columns = columns
        self._places = {name: place for place, name in enumerate(columns)}
        self._bits = [BIT[name] for name in columns]
        self._made: dict[object, Phrases] = {}
        self._said: dict[object, str] = {}
        self._taken: dict[int, tuple[int, ...]] = {}
        self._on_all: dict[int, Mapping[str, Sequence[str]]] = {}

    def phrases(self, rows: Sequence[Row]) -> Phrases:
        """Return the phrases of rows that stand in one line: their cells are the same, their counts need not be."""
        first = rows[0].principal
        own = self._own(first) if len(rows) == 1 else frozenset([self._own(row.principal) for row in rows])
        key = self._there.get(first.account), rows[0].cells, first.bits.allow, own
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = tuple(self._whole_phrases(rows))
        return made

    def _own(self, one: PrincipalBits) -> tuple[object, int]:
        """Return what tells a principal's phrases from those of others whose cells are the same.

        Those who share conditions share the mapping of them.
        """
        return self._some.get((one.account, one.id), _ALL), id(one.keys)

    def _whole_phrases(self, rows: Sequence[Row]) -> list[str]:
        """Return the phrase of each cell, the keys of a condition in front."""
        said = self._phrases(rows)
        cells, place = rows[0].cells, -1
        while (place := cells.find(Cell.CONDITIONAL, place + 1)) >= 0:
            keys = [row.principal.keys.get(self._columns[place], ()) for row in rows]
            said[place] = keys_text(_united(keys), said[place])
        return said

    def _phrases(self, rows: Sequence[Row]) -> list[str]:
        cells, one = rows[0].cells, rows[0].principal
        on_all = self._on_all_of(one.account)
        allow = one.bits.allow
        said = [
            # A use of what nobody evaluated has no streams that it holds on.
            on_all[letter][place] if allow & bit or letter not in _ALLOWED else ""
            for place, (letter, bit) in enumerate(zip(cells, self._bits, strict=True))
        ]
        some = [
            dict(each) for each in {self._some.get((row.principal.account, row.principal.id), _ALL) for row in rows}
        ]
        for name, outcome in {held for each in some for held in each}:
            place = self._places.get(name, -1)
            if place >= 0 and said[place] and _SHOWN[cells[place]] is outcome:
                taken = self._taken_of(one.account)[place]
                counts = {each.get((name, outcome), taken) for each in some}
                said[place] = self._phrase(name, outcome, min(counts), max(counts), taken)
        return said

    def _on_all_of(self, account: int) -> Mapping[str, Sequence[str]]:
        """Return for each letter what each column says where it holds on all streams of an account.

        Of one stream there are no parts, and of some letters nothing is said.
        """
        if account not in self._on_all:
            taken = list(zip(self._columns, self._taken_of(account), strict=True))
            silent = [""] * len(taken)
            self._on_all[account] = {cell.value: silent for cell in Cell} | {
                letter: [self._phrase(name, outcome, n, n, n) if n > 1 else "" for name, n in taken]
                for letter, outcome in _SHOWN.items()
            }
        return self._on_all[account]

    def _phrase(self, *said: *tuple[str, Outcome, int, int, int]) -> str:
        if said not in self._said:
            self._said[said] = _phrase(*said)
        return self._said[said]

    def _taken_of(self, account: int) -> tuple[int, ...]:
        """Return on how many streams and channels of an account each column's action could be called."""
        if account not in self._taken:
            self._taken[account] = tuple(self._streams.taken(account, ACTIONS[name]) for name in self._columns)
        return self._taken[account]


def _united(keys: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return keys[0] if len(keys) == 1 else tuple(sorted(set(chain.from_iterable(keys))))


_SHOWN: Mapping[str, Outcome] = {cell.value: outcome for cell, outcome in SHOWN.items()}
_ALLOWED = frozenset(letter for letter, outcome in _SHOWN.items() if outcome is Outcome.ALLOW)


def _phrase(name: str, outcome: Outcome, least: int, most: int, taken: int) -> str:
    said = f"; {words.OUTCOMES[outcome]} on" if outcome is Outcome.ALLOW else " on"
    return f"{said} {_of(least, most, taken)} {words.resources(ACTIONS[name])}"


def _of(least: int, most: int, taken: int) -> str:
    if least == taken:
        return f"all {taken:,}"
    return f"{least:,} of {taken:,}" if least == most else f"{least:,} to {most:,} of {taken:,}"
