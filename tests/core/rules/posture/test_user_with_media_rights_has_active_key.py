from datetime import timedelta
from typing import Any

from app.core.model.finding import Severity
from app.core.model.principal import AccessKey, PrincipalKind
from app.core.rules.posture.user_with_media_rights_has_active_key import RULE
from tests.builders import iam
from tests.builders.facts import NOW, denied, judged, only, parts, posture

KEY = "AKIAIOSFODNN7EXAMPLE"
USER = f"arn:aws:iam::{iam.ACCOUNT}:user/cam-gate-07"


def user(*keys: AccessKey, **changes: Any):
    values = {"arn": USER, "kind": PrincipalKind.USER, "name": "cam-gate-07", "trust": None, "keys": keys}
    return iam.role(iam.allow("kinesisvideo:PutMedia"), **(values | changes))


def key(*, age_days: int, used_days: int | None = 1, is_active: bool = True) -> AccessKey:
    used = None if used_days is None else NOW - timedelta(days=used_days)
    return AccessKey(KEY, is_active, NOW - timedelta(days=age_days), used, "kinesisvideo")


def test_it_flags_an_old_key_as_high_and_names_it():
    found = only(judged(RULE, posture(user(key(age_days=1126)))))

    assert found.severity is Severity.HIGH
    assert found.evidence[0].text.startswith(f"{KEY}: 1,126 days old, last used 2026-11-22 for kinesisvideo")


def test_a_young_key_in_use_weighs_less():
    assert only(judged(RULE, posture(user(key(age_days=10))))).severity is Severity.MEDIUM


def test_a_key_that_nobody_uses_is_high():
    assert only(judged(RULE, posture(user(key(age_days=10, used_days=None))))).severity is Severity.HIGH


def test_it_leaves_an_inactive_key_alone():
    assert judged(RULE, posture(user(key(age_days=1000, is_active=False)))).violations == ()


def test_it_leaves_a_user_without_media_rights_alone():
    assert judged(RULE, posture(user(key(age_days=1000), inline=()))).violations == ()


def test_it_cannot_tell_of_a_user_whose_keys_were_not_read():
    (answer,) = judged(RULE, posture(user(keys=None))).cannot_tell

    assert answer.subject == USER


def test_it_cannot_tell_when_no_keys_were_ever_read():
    outcome = judged(RULE, posture(user(keys=None), parts=parts(denied("access_keys", missing="iam:ListAccessKeys"))))

    assert "iam:ListAccessKeys" in outcome.cannot_tell[0].reason
