"""All rules, read from their folders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.core import catalogue as folder
from app.core.errors import CatalogueError
from app.core.rules import detections, posture
from app.core.rules.facts import DetectionFacts, PostureFacts
from app.core.rules.rule import Rule

AnyRule = Rule[PostureFacts] | Rule[DetectionFacts]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every rule by its id, the name of its file."""

    posture: Mapping[str, Rule[PostureFacts]]
    detections: Mapping[str, Rule[DetectionFacts]]

    @property
    def rules(self) -> dict[str, AnyRule]:
        """All rules by id, in the order of their codes."""
        both: dict[str, AnyRule] = {**self.posture, **self.detections}
        return dict(sorted(both.items(), key=lambda item: item[1].code))


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return all rules.

    Raises:
        CatalogueError: two rules share an id or a code, or a file of the folders is no rule.
    """
    states: dict[str, Rule[Any]] = folder.load(posture, "RULE", Rule)
    calls: dict[str, Rule[Any]] = folder.load(detections, "RULE", Rule)
    refuse_duplicates([*states.items(), *calls.items()])
    return Catalogue(states, calls)


def coded(texts: Iterable[str], *, in_part: bool = False) -> list[str]:
    """Return the ids of the rules whose code, which has no case, is one of `texts` or (`in_part`) holds one."""
    wanted = [text.lower() for text in texts]
    codes = {name: rule.code.lower() for name, rule in catalogue().rules.items()}
    return [
        name for name, code in codes.items() if code in wanted or (in_part and any(text in code for text in wanted))
    ]


def refuse_duplicates(rules: list[tuple[str, Rule[Any]]]) -> None:
    """Return when every id and every code belongs to one rule.

    Raises:
        CatalogueError: naming both rules: their findings would be taken for each other's.
    """
    seen: dict[str, str] = {}
    for name, rule in rules:
        for key in (name, rule.code):
            if key in seen:
                raise CatalogueError(f"rules {seen[key]} and {name} are both called {key}: give one another name")
            seen[key] = name
