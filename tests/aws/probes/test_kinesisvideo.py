import pytest

from app.aws.errors import Denied
from app.aws.probes.kinesisvideo import PROBES
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


def test_a_stream_that_there_is_not_tells_as_well_whether_one_may_ask(aws):
    action = "kinesisvideo:ListTagsForStream"
    assert refusal(aws, account_of(aws), PROBES, action, {action}) is None
    refused = refusal(aws, account_of(aws), PROBES, action, {"kinesisvideo:TagStream"})
    assert isinstance(refused, Denied)
    assert "stream/kvswatch-doctor/" in str(refused)
