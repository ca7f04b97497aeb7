from app.demo.nouns import Channel, Stream
from app.demo.resources import channel_arn, key_arn, stream_arn


def test_arns_name_account_region_and_resource():
    stream = stream_arn("310045578826", Stream("whs-001", "eu-central-1", 24))
    channel = channel_arn("310045578826", Channel("whs-001", "eu-central-1"))

    assert stream.startswith("arn:aws:kinesisvideo:eu-central-1:310045578826:stream/whs-001/")
    assert channel.startswith("arn:aws:kinesisvideo:eu-central-1:310045578826:channel/whs-001/")
    assert stream.rsplit("/", 1)[-1] != channel.rsplit("/", 1)[-1]


def test_a_key_is_its_accounts_and_regions_own():
    arns = {key_arn(account, region, "video") for account in ("1", "2") for region in ("eu-west-1", "us-east-1")}

    assert len(arns) == 4
