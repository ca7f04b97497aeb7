"""What is left of a decision when everything known is filled in, and which way it can go.

A form is what decides one cell: every layer needs one of its allows, and no deny may apply.
Each allow and deny is a set of conditions (clauses) that are still open. `solved` tries the values of the open keys
that the clauses can tell apart, so two conditions on one key that exclude or complete each other are seen as such.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain

from app.core.iam.condition import Atom, Condition, atom, outcome
from app.core.iam.domain import Domain, domains
from app.core.iam.resources import ResourceClause
from app.core.iam.variables import UNKNOWN, Template, Values


@dataclass(frozen=True, slots=True)
class Unresolved:
    """That a Deny counts although variables in it may have no value.

    AWS's caution is that the whole statement may be invalid then (IAM User Guide, "IAM policy elements: Variables and
    tags").
    """

    open_keys: tuple[str, ...]


Clause = Condition | ResourceClause | Unresolved
Opaque = Template | Unresolved | Atom
"""What holds or does not, without values that could be tried."""
Residual = frozenset[Clause]
"""The clauses that all have to hold for a statement to apply; empty: it applies."""
APPLIES: Residual = frozenset()
_BUDGET = 200_000
"""Clauses looked at before the answer is "conditional" without proof: a fraction of a second."""


MOST_OPEN = 100
"""Open keys and patterns beyond which nothing is tried: no policy of life has as many, and each is a step deeper."""


class Way(StrEnum):
    """Which way an open decision can go."""

    ALWAYS = "always"
    NEVER = "never"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Form:
    """`layers`: the allows of each layer that is not satisfied yet. `denies`: the denies of all layers."""

    layers: frozenset[frozenset[Residual]]
    denies: frozenset[Residual]


@dataclass(frozen=True, slots=True)
class Solution:
    """Which way the form goes, and the keys that decide when it depends (in lower case, sorted)."""

    way: Way
    keys: tuple[str, ...] = ()


_ALWAYS = Solution(Way.ALWAYS)
_NEVER = Solution(Way.NEVER)


def form(layers: Iterable[Iterable[Residual]], denies: Iterable[Residual]) -> Form:
    """Return the form of a decision, without the layers that an unconditional allow satisfies."""
    found = (frozenset(layer) for layer in layers)
    return Form(frozenset(layer for layer in found if APPLIES not in layer), frozenset(denies))


@lru_cache(maxsize=65536)
def solved(form: Form) -> Solution:
    """Return which way the form goes over all values that its open keys may have."""
    if APPLIES in form.denies or frozenset() in form.layers:
        return _NEVER
    if not form.layers and not form.denies:
        return _ALWAYS
    clauses = frozenset(chain.from_iterable(chain(form.denies, *form.layers)))
    keys = tuple(sorted({key for clause in clauses for key in clause.open_keys}))
    opaque = sorted(set(chain.from_iterable(map(_opaque, clauses))), key=str)
    if len(keys) + len(opaque) > MOST_OPEN:
        return Solution(Way.DEPENDS, keys)
    conditions = [clause for clause in clauses if isinstance(clause, Condition)]
    known = domains(conditions)
    search = _Search(form, known, opaque)
    ways = _ways(search)
    if len(ways) == 1 and not search.is_proof:
        # Where the examples of a key prove nothing, its conditions themselves may: each holds or does not.
        sure = {key: domain for key, domain in known.items() if domain.is_complete and search.budget > 0}
        unsure = [one for one in conditions if not sure.keys() >= set(one.open_keys)]
        search = _Search(form, sure, opaque, unsure)
        ways |= _ways(search)
    if len(ways) == 1 and search.is_proof:
        return _ALWAYS if True in ways else _NEVER
    return Solution(Way.DEPENDS, keys)


def _opaque(clause: Clause) -> Iterable[Opaque]:
    if isinstance(clause, Unresolved):
        return (clause,)
    return clause.patterns if isinstance(clause, ResourceClause) else ()


def _ways(search: "_Search") -> frozenset[bool]:
    """Return whether the call can be allowed (True) and can be denied (False), as far as the search goes."""
    seen: set[bool] = set()
    for allowed in search.outcomes():
        seen.add(allowed)
        if len(seen) > 1:
            break
    return frozenset(seen)


class _Search:
    """A depth-first walk over the values of the open keys that stops a branch as soon as it is decided."""

    def __init__(
        self, form: Form, domains: dict[str, Domain], opaque: Sequence[Opaque], unsure: Iterable[Condition] = ()
    ) -> None:
        """Take the values to be tried, and the conditions of which both ways are tried instead."""
        self.form = form
        self.domains = domains
        self.atoms = {one: atom(one) for one in unsure}
        self.opaque = (*opaque, *dict.fromkeys(found for found, _ in self.atoms.values()))
        self.is_proof = all(domain.is_complete for domain in domains.values())
        self.budget = _BUDGET
        self.values: dict[str, Values] = {}
        self.matched: dict[Opaque, bool] = {}

    def outcomes(self) -> Iterator[bool]:
        """Yield True or False for every branch: allowed or not."""
        if self.budget <= 0:
            self.is_proof = False
            return
        allowed = self._allowed()
        if allowed is not None:
            yield allowed
            return
        yield from self._branches()

    def _branches(self) -> Iterator[bool]:
        for key, domain in self.domains.items():
            if key in self.values:
                continue
            for values in domain.values:
                self.values[key] = values
                yield from self.outcomes()
            del self.values[key]
            return
        for parts in self.opaque:
            if parts in self.matched:
                continue
            for is_match in (True, False):
                self.matched[parts] = is_match
                yield from self.outcomes()
            del self.matched[parts]
            return

    def _allowed(self) -> bool | None:
        """Return whether the values so far decide for (True) or against (False) the call."""
        denied = self._any(self.form.denies)
        if denied is True:
            return False
        layers = [self._any(layer) for layer in self.form.layers]
        if False in layers:
            return False
        return None if denied is None or None in layers else True

    def _any(self, residuals: Iterable[Residual]) -> bool | None:
        found: bool | None = False
        for residual in residuals:
            holds = self._all(residual)
            if holds is True:
                return True
            if holds is None:
                found = None
        return found

    def _all(self, residual: Residual) -> bool | None:
        found: bool | None = True
        self.budget -= len(residual)
        for clause in residual:
            holds = self._holds(clause)
            if holds is False:
                return False
            if holds is None:
                found = None
        return found

    def _holds(self, clause: Clause) -> bool | None:
        match clause:
            case Condition() if clause in self.atoms:
                found, is_negated = self.atoms[clause]
                matched = self.matched.get(found)
                return None if matched is None else matched is not is_negated
            case Condition():
                holds = outcome(clause, self._lookup)
                return holds if isinstance(holds, bool) else None
            case Unresolved():
                return self.matched.get(clause)
            case _:
                return self._resource(clause)

    def _resource(self, clause: ResourceClause) -> bool | None:
        known = [self.matched.get(parts) for parts in clause.patterns]
        if True in known:
            return not clause.is_excluding
        return None if None in known else clause.is_excluding

    def _lookup(self, key: str) -> Values:
        return self.values.get(key, UNKNOWN)
