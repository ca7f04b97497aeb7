"""The streams and channels of an account as bits, and which of them a resource pattern takes."""

from bisect import bisect_left
from collections.abc import Container, Iterator
from itertools import compress

from app.core.iam.globs import COLONS, Glob, Pieces
from app.core.iam.layers import Binding, resource_value
from app.core.iam.resources import ANY_RESOURCE, arn_matcher
from app.core.iam.variables import Values
from app.core.kvs.actions import ACTIONS, NAMES
from app.core.model.stream import ResourceKind

_PREFIX_AND_STAR = 2
"""Chunks of a pattern that is a text and a star behind it."""
_DIGITS = bytes(byte - ord("0") if byte in b"01" else byte for byte in range(256))
"""Turns the digits of a binary number into its bits."""


class Index:
    """The account's streams and channels in a fixed order, and which of them a pattern takes.

    They are sorted, so that a pattern with a literal beginning takes one stretch of them, found by bisection.
    The last bit is "*", the resource of actions without resource type.
    """

    def __init__(self, binding: Binding) -> None:
        """Put the snapshot's streams and channels in order."""
        found = sorted(binding.streams, key=lambda text: tuple(text.split(":", COLONS)))
        self._streams = [binding.streams[text] for text in found]
        self._arns = (*found, ANY_RESOURCE)
        self._any = 1 << len(found)
        self.everything = (self._any << 1) - 1
        self._names = [text.split(":", COLONS)[-1] for text in found]
        self._stretches = list(_stretches(found))
        kinds = {kind: self._of_kind(kind) for kind in ResourceKind}
        self.action_kinds = _action_kinds()
        self._by_kind = [kinds[ResourceKind.STREAM], kinds[ResourceKind.CHANNEL], self._any]
        self._matching: dict[Pieces, int] = {}
        self._classes: dict[tuple[str, ...], tuple[tuple[tuple[Values, ...], int], ...]] = {}

    def resources_of(self, group: int) -> int:
        """Return the resources that the actions of a group are called on: one group's actions share their types."""
        number = (group & -group).bit_length() - 1
        action = ACTIONS[NAMES[number]]
        streams, channels, anything = self._by_kind
        if action.is_wildcard_only:
            return anything
        return (streams if action.on_stream else 0) | (channels if action.on_channel else 0)

    def matching(self, pieces: Pieces) -> int:
        """Return the resources that a pattern takes."""
        known = self._matching.get(pieces)
        if known is None:
            matcher = arn_matcher(pieces)
            known = self.everything if matcher.takes_everything else 0
            for parts in () if known else (matcher.parts, *matcher.wide):
                known |= self._matching_parts(parts)
            self._matching[pieces] = known
        return known

    def classes(self, keys: tuple[str, ...]) -> tuple[tuple[tuple[Values, ...], int], ...]:
        """Return the resources grouped by their values of some resource keys, as (values, bits)."""
        if not keys:
            return (((), self.everything),)
        known = self._classes.get(keys)
        if known is None:
            groups: dict[tuple[Values, ...], int] = {}
            for number, stream in enumerate((*self._streams, None)):
                values = tuple(resource_value(stream, key) for key in keys)
                groups[values] = groups.get(values, 0) | 1 << number
            known = self._classes[keys] = tuple(groups.items())
        return known

    def arns(self, bits: int) -> tuple[str, ...]:
        """Return the ARNs of a set of resources, in order."""
        return tuple(compress(self._arns, bin(bits)[:1:-1].encode().translate(_DIGITS)))

    def bits(self, arns: Container[str]) -> int:
        """Return a set of resources as bits; those that the account does not list are left out."""
        return sum(1 << number for number, text in enumerate(self._arns) if text in arns)

    def _of_kind(self, kind: ResourceKind) -> int:
        return sum(1 << number for number, stream in enumerate(self._streams) if stream.kind is kind)

    def _matching_parts(self, parts: tuple[Glob, ...]) -> int:
        if len(parts) != COLONS + 1:
            return 0
        taken = 0
        *head, last = parts
        for values, start, end in self._stretches:
            if all(part.matches(value) for part, value in zip(head, values, strict=True)):
                taken |= self._matching_names(last, start, end)
        return taken

    def _matching_names(self, last: Glob, start: int, end: int) -> int:
        prefix = last.chunks[0]
        if isinstance(prefix, str) and prefix:
            start = bisect_left(self._names, prefix, start, end)
            end = bisect_left(self._names, prefix + "\U0010ffff", start, end)
        if len(last.chunks) == _PREFIX_AND_STAR and isinstance(prefix, str) and last.chunks[1] == "":
            return (1 << end) - (1 << start)
        names, taken = self._names, 0
        literal = max((chunk for chunk in last.chunks if isinstance(chunk, str)), key=len, default="")
        # Few names hold the longest text of a pattern; those that do not cannot match.
        for number in [number for number in range(start, end) if literal in names[number]]:
            if last.matches(names[number]):
                taken |= 1 << number
        return taken


def _action_kinds() -> tuple[int, ...]:
    """Return the actions grouped by the resource types that they take."""
    kinds: dict[tuple[bool, bool], int] = {}
    for number, action in enumerate(ACTIONS.values()):
        kind = (action.on_stream, action.on_channel)
        kinds[kind] = kinds.get(kind, 0) | 1 << number
    return tuple(kinds.values())


def _stretches(arns: list[str]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Yield (first five parts, start, end) of every stretch of sorted ARNs that share them."""
    start, before = 0, None
    for number, text in enumerate(arns):
        head = tuple(text.split(":", COLONS)[:COLONS])
        if before is not None and head != before:
            yield before, start, number
            start = number
        before = head
    if before is not None:
        yield before, start, len(arns)
