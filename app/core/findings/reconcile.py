"""What one evaluation changes: violations now against findings before.

Only evidence resolves: a finding whose rule failed, whose parts could not be read, or about which the rule cannot
tell stays as it was. Reconciling the same twice changes nothing the second time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.core.findings.identity import id_of
from app.core.findings.lifecycle import unmuted
from app.core.model.finding import CannotTell, Finding, FindingState, Severity, Violation
from app.core.model.snapshot import Part

_WORST_FIRST = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Window:
    """The time of the calls that a detection looked at: from `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """How one rule ended for one account.

    `needed` are the parts that the rule rests on, in every Region where they exist.
    `window` is None for posture: the state now. `error`: the rule itself failed, and then it said nothing.
    """

    rule: str
    severity: Severity
    violations: tuple[Violation, ...] = ()
    cannot_tell: tuple[CannotTell, ...] = ()
    needed: tuple[Part, ...] = ()
    window: Window | None = None
    checked: int | None = None
    error: str | None = None
    version: int = 1


class ChangeKind(StrEnum):
    """What an evaluation did to a finding."""

    OPENED = "opened"
    KEPT = "kept"
    RESOLVED = "resolved"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Change:
    """One finding as it is now, and as it was (None: it is new). `note` says what moved, "" when nothing did."""

    kind: ChangeKind
    finding: Finding
    before: Finding | None = None
    note: str = ""


def reconcile(
    account: int, before: Iterable[Finding], outcomes: Iterable[RuleOutcome], now: datetime
) -> tuple[Change, ...]:
    """Return what happens to each finding of the rules that ran; findings left alone are not in it.

    A finding of a rule without an outcome (a rule that is gone, or did not run) is left alone.
    """
    known = {id_of(finding): finding for finding in before}
    changes: list[Change] = []
    for rule, runs in _by_rule(outcomes).items():
        seen = _findings(account, runs, now)
        changes.extend(_changed(known.get(name), finding, runs, now) for name, finding in seen.items())
        unseen = (finding for name, finding in known.items() if finding.rule == rule and name not in seen)
        changes.extend(_unseen(unseen, runs, now))
    return tuple(changes)


def doubted_since(
    account: int, before: Iterable[Finding], outcomes: Iterable[RuleOutcome], now: datetime
) -> datetime | None:
    """Return since when findings of calls were seen whose last day, judged again, does not bear them out any more.

    An earlier day may: all days since then have to be judged for the answer. None: there is no such finding.
    """
    by_rule = {rule: runs for rule, runs in _by_rule(outcomes).items() if any(run.window for run in runs)}
    seen = {rule: _findings(account, runs, now) for rule, runs in by_rule.items()}
    doubted = (
        finding.first_seen_at
        for finding in before
        if finding.state is not FindingState.RESOLVED and _is_judged_again(finding, by_rule.get(finding.rule, []))
        if (now_seen := seen[finding.rule].get(id_of(finding))) is None
        or _weight_of_call(now_seen) < _weight_of_call(finding)
    )
    return min(doubted, default=None)


def was_judged(outcome: RuleOutcome, finding: Finding) -> bool:
    """Whether the rule could have seen the violation again, so that its silence means that it is gone."""
    if outcome.error is not None or any(_covers(answer, finding) for answer in outcome.cannot_tell):
        return False
    if outcome.window is not None and finding.last_seen_at not in outcome.window:
        return False
    return all(_is_fresh(name, finding.region, outcome.needed) for name in {part.name for part in outcome.needed})


def _by_rule(outcomes: Iterable[RuleOutcome]) -> dict[str, list[RuleOutcome]]:
    by_rule: dict[str, list[RuleOutcome]] = {}
    for outcome in outcomes:
        by_rule.setdefault(outcome.rule, []).append(outcome)
    return by_rule


def _is_judged_again(finding: Finding, runs: Iterable[RuleOutcome]) -> bool:
    """Whether a day is judged again on which a finding of calls rests: what it said of that day holds no more."""
    return any(run.window is not None and was_judged(run, finding) for run in runs)


def _findings(account: int, runs: Iterable[RuleOutcome], now: datetime) -> dict[str, Finding]:
    """Return one finding a subject, by id, of all days on which the rule ran."""
    found: dict[str, Finding] = {}
    for outcome in runs:
        for violation in outcome.violations:
            finding = _finding(account, outcome, violation, now)
            name = id_of(finding)
            is_call = outcome.window is not None
            found[name] = finding if name not in found else _united(found[name], finding, is_call=is_call)
    return found


def _finding(account: int, outcome: RuleOutcome, violation: Violation, now: datetime) -> Finding:
    return Finding(
        account=account,
        rule=outcome.rule,
        subject=violation.subject,
        region=violation.region,
        severity=violation.severity or outcome.severity,
        state=FindingState.OPEN,
        message=violation.message,
        evidence=violation.evidence,
        first_seen_at=violation.first_at or violation.last_at or now,
        last_seen_at=violation.last_at or violation.first_at or now,
    )


def _changed(before: Finding | None, seen: Finding, runs: list[RuleOutcome], now: datetime) -> Change:
    if before is None:
        return Change(ChangeKind.OPENED, seen, None, "opened")
    if before.state is FindingState.RESOLVED:
        return Change(ChangeKind.REOPENED, replace(seen, note=before.note), before, "seen again")
    united = replace(_with_before(before, seen, runs), note=before.note, muted_until=before.muted_until)
    if _is_mute_over(before, now):
        return _heard_again(united, before)
    if before.state is FindingState.ACKNOWLEDGED and is_worse(united.severity, before.severity):
        worse = f"severity {before.severity} to {united.severity}"
        return Change(ChangeKind.REOPENED, replace(united, state=FindingState.OPEN), before, worse)
    note = "" if united.severity is before.severity else f"severity {before.severity} to {united.severity}"
    return Change(ChangeKind.KEPT, replace(united, state=before.state), before, note)


def _with_before(before: Finding, seen: Finding, runs: list[RuleOutcome]) -> Finding:
    if not _is_judged_again(before, runs):
        return _united(before, seen, is_call=any(run.window is not None for run in runs))
    is_first_judged = _is_judged_again(replace(before, last_seen_at=before.first_seen_at), runs)
    first = seen.first_seen_at if is_first_judged else min(before.first_seen_at, seen.first_seen_at)
    return replace(seen, first_seen_at=first)


def _is_mute_over(finding: Finding, now: datetime) -> bool:
    return finding.state is FindingState.MUTED and finding.muted_until is not None and finding.muted_until <= now


def _heard_again(finding: Finding, before: Finding) -> Change:
    opened = replace(finding, state=FindingState.OPEN, note=None, muted_until=None)
    return Change(ChangeKind.REOPENED, opened, before, "the mute ended")


def _united(one: Finding, other: Finding, *, is_call: bool) -> Finding:
    """Return both as one finding: the one that weighs more, seen first when the earlier was.

    A state (posture) is judged anew each time: the later words hold, severity included. What happened stays as bad as
    it was: of two days the worse speaks, then the later. So the order in which days are judged does not matter, and
    the log of an older day may arrive after that of a newer one.
    """
    speaker = max(other, one, key=_weight_of_call if is_call else _weight_of_state)
    return replace(speaker, first_seen_at=min(one.first_seen_at, other.first_seen_at))


def _weight_of_state(finding: Finding) -> tuple[datetime, int]:
    return (finding.last_seen_at, _badness(finding.severity))


def _weight_of_call(finding: Finding) -> tuple[int, datetime]:
    return (_badness(finding.severity), finding.last_seen_at)


def _badness(severity: Severity) -> int:
    return -_WORST_FIRST.index(severity)


def is_worse(severity: Severity, than: Severity) -> bool:
    """Whether one severity is worse than another."""
    return _badness(severity) > _badness(than)


def _unseen(unseen: Iterable[Finding], runs: Iterable[RuleOutcome], now: datetime) -> Iterator[Change]:
    """Yield what becomes of findings that no violation speaks of: resolved where the rule could have seen it.

    A mute ends at its time, also where nobody looks again: the calls of a day are judged once.
    """
    judging = list(runs)
    for finding in unseen:
        if finding.state is FindingState.RESOLVED:
            continue
        if any(was_judged(outcome, finding) for outcome in judging):
            gone = replace(unmuted(finding), state=FindingState.RESOLVED, resolved_at=now)
            yield Change(ChangeKind.RESOLVED, gone, finding, "not seen any more")
        elif _is_mute_over(finding, now):
            yield _heard_again(finding, finding)


def _covers(answer: CannotTell, finding: Finding) -> bool:
    # A global subject is judged on all Regions: one that is unseen leaves it open.
    return answer.subject in {"", finding.subject} and (answer.region in {"", finding.region} or not finding.region)


def _is_fresh(name: str, region: str, needed: tuple[Part, ...]) -> bool:
    """Whether the part was read at the last attempt, in the finding's Region or, for a global part, everywhere."""
    parts = [part for part in needed if part.name == name]
    return all(part.is_fresh for part in [part for part in parts if part.region == region] or parts)
