import pytest

from app.aws.errors import Denied
from app.aws.probes._probe import NothingToAsk
from app.aws.probes.iam import PROBES
from tests.builders.polling import account_of
from tests.builders.probing import refusal

ALL = sorted(PROBES.of)


@pytest.mark.parametrize("action", ALL)
def test_a_probe_goes_through_when_all_is_allowed(aws, action):
    assert refusal(aws, account_of(aws), PROBES, action, ALL) is None


@pytest.mark.parametrize("action", ALL)
def test_a_probe_names_its_own_action_when_that_alone_is_missing(aws, action):
    refused = refusal(aws, account_of(aws), PROBES, action, set(ALL) - {action})
    assert isinstance(refused, Denied)
    assert refused.missing == action


def test_without_a_key_to_ask_about_it_proves_nothing(aws):
    allowed = set(ALL) - {"iam:ListUsers"}
    refused = refusal(aws, account_of(aws), PROBES, "iam:GetAccessKeyLastUsed", allowed)
    assert isinstance(refused, NothingToAsk)
