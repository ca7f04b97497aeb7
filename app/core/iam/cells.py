"""Cells of the matrix on which the same statements bear → what becomes of them, as bit sets.

Where statements stay open, cells are grouped by what is left of all of them, and solved once a group.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.core.iam.context import PER_DEVICE_PREFIX
from app.core.iam.evaluate import Layer, LayerKind
from app.core.iam.form import Solution, Way, form, solved
from app.core.iam.rows import StatementRows
from app.core.model.grant import Outcome

DENIES = -1
"""The place of every Deny: it counts whatever layer it stands in."""
Bearing = tuple[int, int]
"""(place, number of its rows) of a statement: an Allow's place is that of its layer."""
Result = tuple[Outcome, tuple[str, ...]]
"""An outcome, and the keys that decide a conditional one."""
_Left = tuple[frozenset[int], ...]
"""What is left of the denies, then of each layer, as numbers of residuals."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What of layers of policies, in order, counts beside their statements."""

    is_given: tuple[bool, ...]
    is_unread: tuple[bool, ...]
    identity: int


@dataclass(slots=True)
class _Sum:
    """What one layer says: its rows, and on which resources it certainly allows (or denies), and on which it may."""

    rows: list[tuple[int, int]]
    must: int
    may: int


class Cells:
    """Decides cells; what their statements' rows are and mean, `rows` knows."""

    def __init__(self, rows: StatementRows) -> None:
        """Take the rows, of which there may be more and more."""
        self._rows = rows
        self._solutions: dict[_Left, Solution] = {}

    def decided(self, stack: Stack, resources: int, bearing: tuple[Bearing, ...]) -> dict[Result, int]:
        """Return some resources by what becomes of calls on them that all of the statements bear on.

        What nothing of the principal's own policies allows is left out.
        """
        layers = [self._sum(bearing, place, resources if given else 0) for place, given in enumerate(stack.is_given)]
        granted = layers[stack.identity].may
        if not stack.is_unread[stack.identity] and not granted & resources:
            return {}
        denies = self._sum(bearing, DENIES, 0)
        readable = [layer for layer, is_unread in zip(layers, stack.is_unread, strict=True) if not is_unread]
        found: dict[Result, int] = {}
        for solution, bits in self._solved(readable, denies, resources):
            result = _result(solution, is_unread=any(stack.is_unread))
            # A deny is worth a row only where the principal's own policies would allow.
            shown = bits & granted if result[0] is Outcome.DENY else bits
            if shown:
                found[result] = found.get(result, 0) | shown
        return found

    def _sum(self, bearing: tuple[Bearing, ...], place: int, given: int) -> _Sum:
        """Return what the statements of one place say together; `given` are the resources that it allows by itself."""
        rows = [row for one, number in bearing if one == place for row in self._rows.rows[number]]
        if given:
            rows.append((0, given))
        must = may = 0
        for number, bits in rows:
            may |= bits
            if number == 0:
                must |= bits
        return _Sum(rows, must, may)

    def _solved(self, layers: list[_Sum], denies: _Sum, resources: int) -> Iterator[tuple[Solution, int]]:
        must = may = resources
        for layer in layers:
            must &= layer.must
            may &= layer.may
        allowed = must & ~denies.may
        never = resources & (denies.must | ~may)
        yield Solution(Way.ALWAYS), allowed
        yield Solution(Way.NEVER), never
        yield from self._open(layers, denies, resources & ~allowed & ~never)

    def _open(self, layers: list[_Sum], denies: _Sum, bits: int) -> Iterator[tuple[Solution, int]]:
        """Yield the solution of every group of cells for which the same is left of the same statements."""
        if not bits:
            return
        groups: dict[_Left, int] = {(frozenset(),) * (len(layers) + 1): bits}
        for place, layer in enumerate((denies, *layers)):
            if layer.must & bits:
                groups = _split(groups, place, 0, layer.must)
            for number, row in layer.rows:
                # Where the layer is certain already, its open rows change nothing.
                rest = row & ~layer.must
                if rest & bits:
                    groups = _split(groups, place, number, rest)
        for left, cells in groups.items():
            yield self._solution(left), cells

    def _solution(self, left: _Left) -> Solution:
        known = self._solutions.get(left)
        if known is None:
            denies, *layers = ([self._rows.residuals[number] for number in numbers] for numbers in left)
            known = self._solutions[left] = solved(form(layers, denies))
        return known


def stack_of(layers: Iterable[Layer]) -> Stack:
    """Return what of layers counts beside their statements; one of them is of identity policies."""
    found = tuple(layers)
    return Stack(
        tuple(layer.is_given for layer in found),
        tuple(layer.unread is not None for layer in found),
        next(number for number, layer in enumerate(found) if layer.kind is LayerKind.IDENTITY),
    )


def outcome_of_keys(keys: tuple[str, ...]) -> Outcome:
    """Return how a conditional cell is shown: per device when only the device session's own keys decide."""
    is_per_device = all(key.startswith(PER_DEVICE_PREFIX) for key in keys)
    return Outcome.PER_DEVICE if is_per_device else Outcome.CONDITIONAL


def _split(groups: dict[_Left, int], place: int, number: int, row: int) -> dict[_Left, int]:
    """Return the groups, each cut into the cells of a row, which gain its residual, and the others."""
    cut: dict[_Left, int] = {}
    for left, bits in groups.items():
        inside = bits & row
        if inside:
            gained = (*left[:place], left[place] | {number}, *left[place + 1 :])
            cut[gained] = cut.get(gained, 0) | inside
        if bits != inside:
            cut[left] = cut.get(left, 0) | (bits & ~row)
    return cut


def _result(solution: Solution, *, is_unread: bool) -> Result:
    if solution.way is Way.NEVER:
        return Outcome.DENY, ()
    if is_unread:
        return Outcome.UNKNOWN, ()
    if solution.way is Way.ALWAYS:
        return Outcome.ALLOW, ()
    return outcome_of_keys(solution.keys), solution.keys
