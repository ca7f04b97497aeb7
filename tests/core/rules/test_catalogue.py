from collections import Counter
from dataclasses import replace

import pytest

from app.core.errors import CatalogueError
from app.core.model.finding import Practice
from app.core.parts import CONTENT
from app.core.rules.catalogue import catalogue, refuse_duplicates

RULES = catalogue().rules


def test_every_practice_has_its_rules():
    counted = Counter(rule.practice for rule in RULES.values())

    assert all(counted[practice] >= 4 for practice in (Practice.LEAST_PRIVILEGE, Practice.ROLES_NOT_KEYS))
    assert counted[Practice.CLOUDTRAIL] >= 4
    assert set(counted) == set(Practice)


@pytest.mark.parametrize("name", RULES)
def test_each_rule_needs_parts_that_are_collected(name: str):
    assert set(RULES[name].needs) <= set(CONTENT)


@pytest.mark.parametrize("name", RULES)
def test_each_rule_says_why_and_how_to_mend(name: str):
    rule = RULES[name]

    assert rule.why.endswith(".")
    assert rule.fix.text.endswith(".")
    assert "!" not in rule.why + rule.fix.text
    assert all(reference.url.startswith("https://docs.aws.amazon.com/") for reference in rule.references)


def test_rules_come_in_the_order_of_their_codes():
    codes = [rule.code for rule in RULES.values()]

    assert codes == sorted(codes)


def test_two_rules_of_one_code_stop_the_start():
    name, rule = next(iter(RULES.items()))

    with pytest.raises(CatalogueError, match=f"{name} and other are both called {rule.code}"):
        refuse_duplicates([(name, rule), ("other", replace(rule, title="Other"))])


def test_two_rules_of_one_name_stop_the_start():
    (name, rule), (_, other) = list(RULES.items())[:2]

    with pytest.raises(CatalogueError, match=name):
        refuse_duplicates([(name, rule), (name, other)])
