"""Run rules over facts. A rule that fails says nothing, and that it failed; the others run on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from app.core.findings.reconcile import RuleOutcome, Window
from app.core.model.finding import CannotTell, Violation
from app.core.model.snapshot import Part, Snapshot
from app.core.rules.facts import DetectionFacts, PostureFacts
from app.core.rules.needs import unseen_reason
from app.core.rules.rule import Rule
from app.core.rules.sight import not_seen

Facts = TypeVar("Facts")


def run_posture(rules: Mapping[str, Rule[PostureFacts]], facts: PostureFacts) -> tuple[RuleOutcome, ...]:
    """Return how each rule over the account's state ends."""
    return tuple(_outcome(name, rule, facts, facts.snapshot, None) for name, rule in rules.items())


def run_detections(rules: Mapping[str, Rule[DetectionFacts]], facts: DetectionFacts) -> tuple[RuleOutcome, ...]:
    """Return how each rule over one day's calls ends; what the log could not show of the day is told beside it."""
    return tuple(
        _outcome(name, rule, facts, facts.snapshot, facts.window, not_seen(rule.rests_on, facts))
        for name, rule in rules.items()
    )


def needed_parts(needs: Iterable[str], snapshot: Snapshot) -> tuple[Part, ...]:
    """Return the parts that a rule rests on, in every Region; one that nobody ever tried as NOT_COLLECTED."""
    return tuple(part for name in needs for part in _parts(name, snapshot))


def _parts(name: str, snapshot: Snapshot) -> tuple[Part, ...]:
    return tuple(part for part in snapshot.parts if part.name == name) or (snapshot.part(name),)


def _outcome(
    name: str,
    rule: Rule[Facts],
    facts: Facts,
    snapshot: Snapshot,
    window: Window | None,
    dark: Iterable[CannotTell] = (),
) -> RuleOutcome:
    needed = needed_parts(rule.needs, snapshot)
    unseen = tuple(_unseen(needed))
    base = RuleOutcome(name, rule.severity, needed=needed, window=window, version=rule.version)
    if any(not part.region and part.seen_at is None for part in needed):
        # A part of the whole account was never read: there is nothing to judge.
        return replace(base, cannot_tell=unseen)
    try:
        answers = tuple(rule.check(facts))
        checked = None if rule.subjects is None else rule.subjects(facts)
    except Exception as error:  # noqa: BLE001 - one rule's defect must not stop the rest; rule_run.error shows it
        return replace(base, error=f"{type(error).__name__}: {error}")
    violations = tuple(answer for answer in answers if isinstance(answer, Violation))
    untold = tuple(answer for answer in answers if isinstance(answer, CannotTell))
    return replace(base, violations=violations, cannot_tell=_united([*unseen, *dark, *untold]), checked=checked)


def _united(answers: list[CannotTell]) -> tuple[CannotTell, ...]:
    """Return one answer for each subject and Region, with all its reasons; one for the account holds the Regions'."""
    is_of_account = any(not answer.subject and not answer.region for answer in answers)
    found: dict[tuple[str, str], CannotTell] = {}
    for one in answers:
        is_held = is_of_account and one.region and not one.subject
        answer = replace(one, region="", reason=f"{one.region}: {one.reason}") if is_held else one
        key = (answer.subject, answer.region)
        known = found.get(key)
        found[key] = (
            answer
            if known is None
            else replace(
                known, reason=f"{known.reason}; {answer.reason}", is_unread=known.is_unread or answer.is_unread
            )
        )
    return tuple(found.values())


def _unseen(needed: tuple[Part, ...]) -> Iterator[CannotTell]:
    """Yield one answer a Region: all its parts that were never seen."""
    reasons: dict[str, list[str]] = {}
    for part in needed:
        if part.seen_at is None:
            reasons.setdefault(part.region, []).append(unseen_reason(part))
    for region, found in reasons.items():
        yield CannotTell("", "; ".join(found), region, is_unread=True)
