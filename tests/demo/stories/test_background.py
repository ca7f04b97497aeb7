from tests.demo.stories.conftest import ESTATE, calls


def test_every_account_has_some_on_every_day(tell):
    seen = {record["recipientAccountId"] for record in tell("background", -1)}

    assert seen == {account.id for account in ESTATE.members}


def test_kinesis_video_asks_for_keys_in_its_own_name(tell):
    asked = calls(tell("background", -1), "GenerateDataKey")

    assert asked
    assert {record["eventSource"] for record in asked} == {"kms.amazonaws.com"}
    assert {record["userIdentity"]["invokedBy"] for record in asked} == {"kinesisvideo.amazonaws.com"}


def test_it_is_not_about_video(tell):
    assert not [r for r in tell("background", -1) if r["eventSource"] == "kinesisvideo.amazonaws.com"]
