"""Each rule has its page and its cases."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.coverage.observe import ObservableState
from app.core.rules.catalogue import catalogue
from app.core.rules.facts import History
from tests.builders.facts import DAY, all_day, day_of, judged

ROOT = Path(__file__).parents[2]
FILES = {
    **{name: ROOT / f"tests/core/rules/posture/test_{name}.py" for name in catalogue().posture},
    **{name: ROOT / f"tests/core/rules/detections/test_{name}.py" for name in catalogue().detections},
}


def test_no_page_is_left_of_a_rule_that_is_gone():
    pages = {path.stem for path in (ROOT / "docs/rules").glob("*.md")} - {"README"}

    assert pages == set(catalogue().rules)


@pytest.mark.parametrize("name", FILES)
def test_each_rule_has_a_case_that_it_flags_and_one_that_it_leaves_alone(name: str):
    tree = ast.parse(FILES[name].read_text())
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    text = "\n".join(ast.unparse(node) for node in tests)

    assert "only(" in text or "violations} ==" in text, "no case that it flags"
    assert "violations == ()" in text, "no case that it leaves alone"


@pytest.mark.parametrize("name", [name for name, rule in catalogue().rules.items() if rule.needs])
def test_each_rule_that_needs_a_part_has_a_case_in_which_it_cannot_tell(name: str):
    assert "cannot_tell" in FILES[name].read_text()


@pytest.mark.parametrize("state", [state for state in ObservableState if state is not ObservableState.OBSERVED])
@pytest.mark.parametrize("name", catalogue().detections)
def test_each_detection_cannot_tell_of_a_day_that_the_log_does_not_show(name: str, state: ObservableState):
    rule = catalogue().detections[name]
    known = History(known_since=(DAY - timedelta(days=30)).date())

    seen = judged(rule, day_of(history=known))
    dark = judged(rule, day_of(history=known, coverage=all_day(state, "the reason")))

    assert seen.cannot_tell == ()
    (answer,) = dark.cannot_tell
    assert answer.reason.endswith(": the reason")


@pytest.mark.parametrize("name", catalogue().detections)
def test_each_detection_cannot_tell_of_a_day_of_whose_coverage_nothing_is_known(name: str):
    assert judged(catalogue().detections[name], day_of(coverage=())).cannot_tell
