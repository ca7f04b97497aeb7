import json

from app.core.stopping.measures.revoke_sessions import MEASURE
from tests.builders.stopping import KEY, ROLE, USER, after, caller, target, text_of


def test_all_that_was_issued_before_now_is_denied_everything():
    said = json.loads(after("--policy-document", text_of(MEASURE, target())))
    assert said == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": ["*"],
                "Resource": ["*"],
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-11-23T09:41:00Z"}},
            }
        ],
    }


def test_it_goes_on_a_role_or_a_user_under_the_console_s_own_name():
    assert text_of(MEASURE, target(ROLE)).startswith(
        "aws iam put-role-policy --role-name WardCamRole --policy-name AWSRevokeOlderSessions"
    )
    assert text_of(MEASURE, target(USER), "Undo") == (
        "aws iam delete-user-policy --user-name gate-07 --policy-name AWSRevokeOlderSessions"
    )


def test_long_term_keys_go_on():
    assert MEASURE.hits(target(USER), caller(USER))
    assert not MEASURE.hits(target(USER), caller(USER, key=KEY, is_long_term=True))
    assert "Long-term keys" in MEASURE.leaves
