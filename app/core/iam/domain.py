"""The values of an unknown key that a set of conditions can tell apart.

For texts the example values are exact: plain texts stand for themselves; patterns are walked as one automaton, and the
shortest text is kept for every combination of patterns that match together. Numbers, dates and addresses are sampled
at and between the values of the policy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from app.core.iam.condition import FAMILY_OF, FOR_ALL, FOR_ANY, OPERATORS, Condition
from app.core.iam.conditions._family import Shape, Symbol
from app.core.iam.globs import Pieces
from app.core.iam.variables import Template, Variable, resolved, variables

_MAX_STEPS = 200_000
"""Steps of one position in one pattern on one character, after which the examples of a key count as incomplete."""
_MAX_MEETINGS = 8
"""Plain texts that one example may run into before it is given up."""
_MAX_MEMBERS = 8
_MAX_TIED = 2
_MULTIVALUED = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:tagkeys",
    }
)
"""Keys of several values, whatever operator asks (IAM User Guide, "AWS global condition context keys")."""
_AS_TEXT = frozenset({"StringEquals", "StringNotEquals", "StringLike", "StringNotLike"})
_OTHER = "\uffff"
"""A character that no policy writes: stands for every other one."""
_PLAIN = "a value of its own"


@dataclass(frozen=True, slots=True)
class Domain:
    """Examples of what a key may be: None is "not in the request". Complete: no other value would tell more apart."""

    values: tuple[tuple[str, ...] | None, ...]
    is_complete: bool


def domains(conditions: Iterable[Condition]) -> dict[str, Domain]:
    """Return the domain of every open key. Keys compared with each other share their examples."""
    found = tuple(conditions)
    keys = sorted({key for one in found for key in one.open_keys})
    pools = {key: _pool(key, found) for key in keys}
    _share(pools, found)
    return {key: _domain(key, pools[key], found) for key in keys}


@dataclass(slots=True)
class _Pool:
    """Example values of one key. `shapes`: the text patterns it is compared with, None where these are not all."""

    texts: set[str]
    is_complete: bool = True
    shapes: frozenset[Shape] | None = None


def _pool(key: str, conditions: tuple[Condition, ...]) -> _Pool:
    """Return example values of one key from the policy values it is compared with."""
    shapes: set[Shape] = set()
    by_family: dict[str, list[Pieces]] = {}
    for one in conditions:
        if one.key != key or one.known is not None or OPERATORS[one.operator].tests_presence:
            continue
        shape = OPERATORS[one.operator].shape
        for parts in one.templates:
            pieces = resolved(parts)
            if pieces is None:
                continue
            if shape is not None:
                shapes.add(shape(pieces))
            else:
                by_family.setdefault(_family_name(one.operator), []).append(pieces)
    pool = _Pool(set(), shapes=None if by_family else frozenset(shapes))
    for operator, values in by_family.items():
        samples = FAMILY_OF[operator].samples
        pool.texts.update(samples(values) if samples else ())
    if shapes or not by_family:
        texts, is_complete = examples(frozenset(shapes))
        pool.texts.update(texts)
        pool.is_complete = is_complete and not (shapes and by_family)
    pool.is_complete = pool.is_complete and len(by_family) <= 1
    return pool


def _family_name(operator: str) -> str:
    """Return the first operator of the family, as a name for it."""
    return next(iter(FAMILY_OF[operator].operators))


def _share(pools: dict[str, _Pool], conditions: tuple[Condition, ...]) -> None:
    """Give keys that a variable ties together each other's examples.

    Two keys that are compared as texts get two examples of each kind, by the patterns of both: what is of one kind may
    be equal or not. Of more keys, of numbers, and where case may differ, more would be needed: then the examples are
    not complete.
    """
    tying = [(one, parts) for one in conditions for parts in one.templates if variables(parts)]
    keys = {key for one, parts in tying for key in (*variables(parts), *(() if one.known is not None else (one.key,)))}
    tied = [pools[key] for key in sorted(keys)]
    others = {text for one, parts in tying for text in (*(one.known or ()), *_defaults(parts))}
    twice = _twice(tied, others) if all(_is_alone(*both) for both in tying) and len(keys) <= _MAX_TIED else None
    texts = {text for pool in tied for text in pool.texts} | {_PLAIN, f"{_PLAIN}, another"} | others
    for pool in tied:
        pool.texts |= texts if twice is None else twice
        pool.is_complete = twice is not None


def _is_alone(condition: Condition, parts: Template) -> bool:
    """Whether a value is compared, as text, with a variable and nothing else."""
    return len(parts) == 1 and condition.operator in _AS_TEXT


def _twice(tied: list[_Pool], others: set[str]) -> set[str] | None:
    """Return two texts for every set of patterns that some text matches together; None where they are not all.

    `others` are texts with which the keys are compared too.
    """
    shapes = {_exactly(text) for text in others}
    for pool in tied:
        if pool.shapes is None or not pool.is_complete or any(map(_has_no_case, pool.shapes)):
            return None
        shapes |= pool.shapes
    texts, is_complete = examples(frozenset(shapes))
    wild = tuple(sorted((shape for shape in shapes if not _is_plain(shape)), key=repr))
    plain = {text for text in texts if _exactly(text) in shapes}
    taken = frozenset(text.lower() for text in texts)
    found = set(texts)
    for text in set(texts) - plain:
        apart, is_sure = _apart(text, wild, taken)
        is_complete = is_complete and is_sure
        if apart is not None:
            found.add(apart)
    return found if is_complete else None


def _exactly(text: str) -> Shape:
    return tuple(Symbol(character) for character in text)


def _defaults(parts: Template) -> set[str]:
    return {part.default for part in parts if isinstance(part, Variable) and part.default is not None}


def _domain(key: str, pool: _Pool, conditions: tuple[Condition, ...]) -> Domain:
    texts = sorted(pool.texts, key=lambda text: (len(text), text))
    single = tuple((text,) for text in texts)
    has_sets = any(one.key == key and one.set_prefix in (FOR_ALL, FOR_ANY) for one in conditions)
    if not has_sets and key not in _MULTIVALUED:
        return Domain((None, *single), pool.is_complete)
    told_apart = _told_apart(key, texts, conditions)
    members = told_apart[:_MAX_MEMBERS]
    several = tuple(group for size in range(2, len(members) + 1) for group in combinations(members, size))
    # A list may be empty: the key is there then, and has no value.
    return Domain((None, (), *single, *several), pool.is_complete and len(told_apart) <= _MAX_MEMBERS)


def _told_apart(key: str, texts: list[str], conditions: tuple[Condition, ...]) -> list[str]:
    """Return one text for all that are the same to every condition: a list may hold any of them in the other's place.

    Where variables are open, equal texts elsewhere may tell them apart: then all are returned.
    """
    asking = [one for one in conditions if key in one.open_keys]
    if any(one.matchers is None for one in asking):
        return texts
    kinds: dict[tuple[bool, ...], str] = {}
    for text in texts:
        # Set operators take the empty text for a missing value.
        kind = (text == "", *(any(matches(text) for matches in one.matchers or ()) for one in asking))
        kinds.setdefault(kind, text)
    return list(kinds.values())


@lru_cache(maxsize=4096)
def examples(shapes: frozenset[Shape]) -> tuple[tuple[str, ...], bool]:
    """Return a text for every set of patterns that some text matches together, and whether that is all of them."""
    plain = {shape for shape in shapes if _is_plain(shape)}
    texts, is_complete = _plain_texts(plain)
    wild = tuple(sorted(shapes - plain, key=repr))
    walked, is_walked = _walked(wild)
    taken = frozenset(text.lower() for text in texts)
    for text in walked:
        # The text that stands for "matches these patterns" must not also be one of the plain texts.
        apart, is_sure = _apart(text, wild, taken)
        is_complete = is_complete and is_sure and (apart is not None or text in texts)
        texts.add(text if apart is None else apart)
    # The empty text is no example of "any other": set operators take it for a missing value.
    return (*sorted(texts | {_OTHER}), ""), is_complete and is_walked


def _plain_texts(shapes: set[Shape]) -> tuple[set[str], bool]:
    """Return each plain text, and of those without case two spellings more, so that exact ones are told apart."""
    texts = {"".join((symbol.characters or "")[0] for symbol in shape) for shape in shapes}
    caseless = {"".join((symbol.characters or "")[0] for symbol in shape) for shape in shapes if _has_no_case(shape)}
    exact = texts - caseless
    spellings = {text: {text, text.upper(), text.swapcase(), text.title()} for text in caseless}
    is_complete = all(found - exact or text.upper() == text.lower() for text, found in spellings.items())
    return texts.union(*spellings.values()), is_complete


def _is_plain(shape: Shape) -> bool:
    return all(symbol.characters and not symbol.is_star for symbol in shape)


def _has_no_case(shape: Shape) -> bool:
    return any(len(symbol.characters or "") > 1 for symbol in shape)


def _apart(text: str, wild: tuple[Shape, ...], taken: frozenset[str]) -> tuple[str | None, bool]:
    """Return a text that exactly the patterns of `text` match and that is none of `taken` in any case.

    None when there is none, or when looking for it would take too long: the second value says whether that is sure.
    """
    wanted = _signature(wild, _after(wild, text))
    met: tuple[Shape, ...] = ()
    while text.lower() in taken:
        if len(met) == _MAX_MEETINGS:
            return None, False
        met = (*met, tuple(Symbol(f"{letter.lower()}{letter.upper()}") for letter in text))
        both = (*wild, *met)
        alone = (*wanted, *(False for _ in met))
        found, is_walked = _walked(both)
        other = next((one for one in found if _signature(both, _after(both, one)) == alone), None)
        if other is None:
            return None, is_walked
        text = other
    return text, True


def _after(shapes: tuple[Shape, ...], text: str) -> tuple[frozenset[int], ...]:
    state = tuple(_closed(shape, frozenset({0})) for shape in shapes)
    for character in text:
        state = tuple(_step(shape, at, character) for shape, at in zip(shapes, state, strict=True))
    return state


def _walked(shapes: tuple[Shape, ...]) -> tuple[list[str], bool]:
    """Return the shortest text for every combination of patterns, walking them together character by character."""
    alphabet = [_OTHER, *sorted({c for shape in shapes for symbol in shape for c in symbol.characters or ""} | {":"})]
    start = _after(shapes, "")
    states = {start: ""}
    found: dict[tuple[bool, ...], str] = {}
    queue = [start]
    steps = 0
    for state in queue:
        for character in alphabet:
            steps += sum(map(len, state))
            following = tuple(_step(shape, at, character) for shape, at in zip(shapes, state, strict=True))
            if following in states:
                continue
            if steps > _MAX_STEPS:
                return list(found.values()), False
            states[following] = states[state] + character
            found.setdefault(_signature(shapes, following), states[following])
            queue.append(following)
    return list(found.values()), True


def _signature(shapes: tuple[Shape, ...], state: tuple[frozenset[int], ...]) -> tuple[bool, ...]:
    return tuple(len(shape) in positions for shape, positions in zip(shapes, state, strict=True))


def _step(shape: Shape, positions: frozenset[int], character: str) -> frozenset[int]:
    reached = set()
    for position in positions:
        if position < len(shape) and _takes(shape[position], character):
            reached.add(position if shape[position].is_star else position + 1)
    return _closed(shape, frozenset(reached))


def _closed(shape: Shape, positions: frozenset[int]) -> frozenset[int]:
    """Return the positions and those behind the stars that take nothing."""
    reached = set(positions)
    for position in sorted(positions):
        place = position
        while place < len(shape) and shape[place].is_star:
            place += 1
            reached.add(place)
    return frozenset(reached)


def _takes(symbol: Symbol, character: str) -> bool:
    if symbol.characters is not None:
        return character in symbol.characters
    return not (symbol.stops_at_colon and character == ":")
