from collections import Counter
from dataclasses import replace

import pytest

from app.core.errors import CatalogueError
from app.core.model.finding import Practice
from app.core.parts import CONTENT
from app.core.rules.catalogue import catalogue, refuse_duplicates
from app.core.rules.run import run_detections
from tests.builders.estate_days import days_of_the_estate

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


@pytest.fixture(scope="module")
def told() -> set[tuple[str, str]]:
    """(account, rule) of all that the detections find in two weeks of the demo's organization, decoys included."""
    found = set()
    for account, facts in days_of_the_estate(14):
        for outcome in run_detections(catalogue().detections, facts):
            assert outcome.error is None, (outcome.rule, outcome.error)
            found |= {(account, outcome.rule) for _ in outcome.violations}
    return found


def test_the_detections_find_the_stories_of_the_demo_and_none_of_its_decoys(told: set[tuple[str, str]]):
    assert told == {
        ("cams-prod-eu", "device_wrote_foreign_stream"),
        ("cams-prod-eu", "key_used_from_many_networks"),
        ("cams-prod-eu", "long_term_key_called_kvs"),
        ("cams-prod-eu", "new_reader"),
        ("cams-prod-us", "burst_of_denials"),
        ("cams-prod-us", "long_lived_playback_url"),
        ("cams-prod-us", "new_reader"),
        ("clinic-video", "archive_read_at_unusual_hour"),
        ("clinic-video", "reader_from_new_network"),
        ("clinic-video", "trail_tampering"),
    }
